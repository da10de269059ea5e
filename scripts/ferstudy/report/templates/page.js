// Progressive: the page is whole without it. Marks the section in view, and opens everything for print.
(() => {
  const links = new Map([...document.querySelectorAll(".toc a")].map((a) => [a.hash.slice(1), a]));
  const mark = () => {
    const passed = [...links.keys()].filter((id) => document.getElementById(id)?.getBoundingClientRect().top < 140);
    for (const a of links.values()) a.removeAttribute("aria-current");
    links.get(passed.at(-1) ?? "answer")?.setAttribute("aria-current", "true");
  };
  addEventListener("scroll", mark, { passive: true });
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => (d.open = true)));
  addEventListener("hashchange", () => document.querySelector(location.hash || "#answer")?.closest("details")?.setAttribute("open", ""));
  mark();
})();
