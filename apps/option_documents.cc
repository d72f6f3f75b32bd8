#include "option_documents.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "mouthpiece/error.h"
#include "mouthpiece/version.h"

namespace mouthpiece::cli {
namespace {

std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> OptionsOf(const CLI::App& app, bool positional) {
  return app.get_options(
      [positional](const CLI::Option* option) { return option->get_positional() == positional; });
}

bool IsFlag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

/// "-o", "--output"
std::vector<std::string> NamesOf(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

/// The values that "a|b|c [a]" offers; none where the text is no such list.
std::vector<std::string> ValuesOf(const CLI::Option& option) {
  const std::string& text = option.get_option_text();
  const std::string list = text.substr(0, text.find(' '));
  std::vector<std::string> values;
  std::string value;
  for (const char c : list + "|") {
    const bool is_word = std::islower(static_cast<unsigned char>(c)) != 0 ||
                         std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-';
    if (is_word) {
      value += c;
    } else if (c == '|' && !value.empty()) {
      values.push_back(std::move(value));
      value.clear();
    } else {
      return {};
    }
  }
  return values;
}

std::string Joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : between).append(word);
  return text;
}

/// `text` as roff takes it: hyphens that stay hyphens, no line that looks like a request.
std::string Roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '-') {
      escaped += "\\-";
    } else if (c == '\\') {
      escaped += "\\e";
    } else {
      escaped += c;
    }
  }
  return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

std::string RoffOptions(const CLI::App& command) {
  std::string page;
  for (const bool positional : {true, false}) {
    for (const CLI::Option* option : OptionsOf(command, positional)) {
      const std::string value =
          IsFlag(*option) ? "" : " \\fI" + Roff(option->get_option_text()) + "\\fR";
      const std::string names =
          positional ? "" : "\\fB" + Roff(Joined(NamesOf(*option), ", ")) + "\\fR";
      page += ".TP\n" + names + (positional && !value.empty() ? value.substr(1) : value) + "\n" +
              Roff(option->get_description()) + "\n";
    }
  }
  return page;
}

std::string RoffUsage(const CLI::App& command) {
  std::string line = "\\fBmouthpiece " + Roff(command.get_name()) + "\\fR [\\fIoptions\\fR]";
  for (const CLI::Option* option : OptionsOf(command, true)) {
    line += " \\fI" + Roff(option->get_option_text()) + "\\fR";
  }
  return line + "\n";
}

constexpr std::string_view kEnd = R"(.SH ENVIRONMENT
.TP
.B MOUTHPIECE_INSTRUCTION_SET
The newest instruction set of the CPU to use: avx2, avx_vnni, avx512, avx512_vnni, avx512_bf16 or amx.
.TP
.B TMPDIR
Where decoded frames are kept that memory has no room for.
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
The system failed: a full disk, no memory.
.TP
.B 2
An input or an option is wrong; one line on standard error says which.
.TP
.B 3
Some of several jobs failed; the others are done.
.TP
.B 130
Interrupted. Nothing is left behind.
)";

std::string BashCompletion(const CLI::App& app) {
  std::string commands;
  std::string cases;
  for (const CLI::App* command : CommandsOf(app)) {
    commands += (commands.empty() ? "" : " ") + command->get_name();
    std::string options;
    std::string values;
    for (const CLI::Option* option : OptionsOf(*command, false)) {
      const std::vector<std::string> names = NamesOf(*option);
      options += (options.empty() ? "" : " ") + Joined(names, " ");
      if (const auto list = ValuesOf(*option); !list.empty()) {
        values += "        " + command->get_name() + ":" +
                  Joined(names, "|" + command->get_name() + ":") + ") words=\"" +
                  Joined(list, " ") + "\" ;;\n";
      }
    }
    std::string arguments;
    for (const CLI::Option* option : OptionsOf(*command, true)) {
      arguments += Joined(ValuesOf(*option), " ");
    }
    cases += values + "        " + command->get_name() + ":*)\n          words=\"" + arguments +
             "\"\n          [[ $word == -* ]] && words=\"" + options + "\" ;;\n";
  }
  return "# Completes mouthpiece in bash.\n"
         "_mouthpiece() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
         "  if ((COMP_CWORD == 1)); then\n"
         "    words=\"" +
         commands +
         " --help --version\"\n"
         "  else\n"
         "    case ${COMP_WORDS[1]}:$before in\n" +
         cases +
         "    esac\n"
         "  fi\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "}\n"
         "complete -o default -F _mouthpiece mouthpiece\n";
}

/// Within single quotes, for zsh and fish.
std::string Quoted(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return "'" + quoted + "'";
}

/// Zsh takes brackets and colons of its own.
std::string ZshText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string ZshCompletion(const CLI::App& app) {
  std::string commands;
  std::string cases;
  for (const CLI::App* command : CommandsOf(app)) {
    commands +=
        "    " + Quoted(ZshText(command->get_name()) + ":" + command->get_description()) + "\n";
    cases += "    " + command->get_name() + ")\n      _arguments";
    for (const CLI::Option* option : OptionsOf(*command, false)) {
      const std::vector<std::string> list = ValuesOf(*option);
      std::string action;
      if (!IsFlag(*option))
        action = list.empty() ? ":value:_files" : ":value:(" + Joined(list, " ") + ")";
      for (const std::string& name : NamesOf(*option)) {
        cases += " \\\n        " +
                 Quoted(name + "[" + ZshText(option->get_description()) + "]" + action);
      }
    }
    cases += " \\\n        '*:file:_files' ;;\n";
  }
  return "#compdef mouthpiece\n"
         "_mouthpiece() {\n"
         "  local -a commands=(\n" +
         commands +
         "  )\n"
         "  if ((CURRENT == 2)); then\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  local command=$words[2]\n"
         "  shift words\n"
         "  ((CURRENT--))\n"
         "  case $command in\n" +
         cases +
         "  esac\n"
         "}\n"
         "_mouthpiece \"$@\"\n";
}

std::string FishCompletion(const CLI::App& app) {
  std::string script = "# Completes mouthpiece in fish.\n";
  for (const CLI::App* command : CommandsOf(app)) {
    script += "complete -c mouthpiece -n __fish_use_subcommand -a " + command->get_name() + " -d " +
              Quoted(command->get_description()) + "\n";
    for (const CLI::Option* option : OptionsOf(*command, false)) {
      script +=
          "complete -c mouthpiece -n '__fish_seen_subcommand_from " + command->get_name() + "'";
      for (const std::string& name : option->get_snames()) script += " -s " + name;
      for (const std::string& name : option->get_lnames()) script += " -l " + name;
      if (const auto list = ValuesOf(*option); !list.empty()) {
        script += " -x -a " + Quoted(Joined(list, " "));
      } else if (!IsFlag(*option)) {
        script += " -r";
      }
      script += " -d " + Quoted(option->get_description()) + "\n";
    }
  }
  return script;
}

}  // namespace

std::string ManualPage(const CLI::App& app) {
  std::string page = std::string(".TH MOUTHPIECE 1 \"\" \"mouthpiece ") + Version() + "\"\n" +
                     ".SH NAME\nmouthpiece \\- " +
                     Roff("talking-head video from an avatar and speech") + "\n.SH SYNOPSIS\n";
  for (const CLI::App* command : CommandsOf(app)) {
    if (command != CommandsOf(app).front()) page += ".br\n";
    page += RoffUsage(*command);
  }
  page += ".SH DESCRIPTION\n" + Roff(app.get_description()) + "\n";
  for (const CLI::App* command : CommandsOf(app)) {
    std::string title = command->get_name();
    std::ranges::transform(title, title.begin(), [](unsigned char c) { return std::toupper(c); });
    page +=
        ".SH " + title + "\n" + Roff(command->get_description()) + ".\n" + RoffOptions(*command);
  }
  return page.append(kEnd);
}

std::string Completion(const CLI::App& app, const std::string& shell) {
  if (shell == "bash") return BashCompletion(app);
  if (shell == "zsh") return ZshCompletion(app);
  if (shell == "fish") return FishCompletion(app);
  throw Error(ErrorCode::kInvalidArgument, "shell: expected bash, zsh or fish, found " + shell);
}

}  // namespace mouthpiece::cli
