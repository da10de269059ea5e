// The contents mark the section in view; a link opens what is folded around its target; one dataset can be shown alone.
import { unfold } from "./dom.js";

export function startContents(document) {
  const links = new Map([...document.querySelectorAll(".toc > ol > li > a")].map((link) => [link.hash.slice(1), link]));
  const mark = () => {
    const passed = [...links.keys()].filter((id) => document.getElementById(id)?.getBoundingClientRect().top < 140);
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(passed.at(-1) ?? "answer")?.setAttribute("aria-current", "true");
  };
  addEventListener("scroll", mark, { passive: true });
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    unfold(target);
    target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  document.getElementById("only-dataset")?.addEventListener("change", (event) => {
    for (const part of document.querySelectorAll("[data-dataset]")) {
      part.hidden = event.target.value !== "" && part.dataset.dataset !== event.target.value;
    }
  });
  mark();
  open();
}
