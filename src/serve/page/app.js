// Lists the avatars that are served.
const list = document.getElementById("avatars");
for (const avatar of await (await fetch("/v1/avatars")).json()) {
  const item = document.createElement("li");
  item.textContent = `${avatar.name}, ${avatar.width}x${avatar.height}`;
  list.append(item);
}
