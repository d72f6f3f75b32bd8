#include "mouthpiece/avatar.h"

#include <utility>

#include "avatar/package.h"
#include "avatar/package_files.h"
#include "avatar/package_reader.h"

namespace mouthpiece {

std::shared_ptr<const Avatar> Avatar::Open(const std::filesystem::path& path) {
  PackageContents contents = ReadPackage(path, [](const Error& error) { throw error; });
  return AvatarAccess::Make(std::move(contents.package));
}

std::shared_ptr<const Avatar> AvatarAccess::Make(Package package) {
  return std::shared_ptr<const Avatar>(
      new Avatar(std::make_unique<const Package>(std::move(package))));
}

Avatar::Avatar(std::unique_ptr<const Package> package) : package_(std::move(package)) {}

Avatar::~Avatar() = default;

const std::filesystem::path& Avatar::path() const { return package_->root; }

int Avatar::frame_count() const { return package_->frame_count; }

int Avatar::width() const { return package_->full_body.width; }

int Avatar::height() const { return package_->full_body.height; }

Rational Avatar::frame_rate() const { return package_->frame_rate; }

std::span<const Rect> Avatar::rectangles() const { return package_->rectangles; }

std::vector<std::filesystem::path> Avatar::files() const { return FilesOf(*package_); }

std::span<const std::string> Avatar::warnings() const { return package_->warnings; }

}  // namespace mouthpiece
