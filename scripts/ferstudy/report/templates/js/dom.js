// Elements of the page.

// element("td", { class: "num", onclick: f }, "12"): a property that starts with "on" is a listener; false and null are left out.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

// Opens every folded part around an element, so that it can be seen.
export function unfold(target) {
  for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
}

// A button that copies a text; a page opened as a file may not write to the clipboard, and then shows it.
export function copyButton(label, text) {
  const button = element("button", { type: "button", "data-copy": text }, label);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
      setTimeout(() => (button.textContent = label), 1500);
    } catch {
      button.replaceWith(element("code", { class: "copied", tabindex: "0" }, text));
    }
  });
  return button;
}
