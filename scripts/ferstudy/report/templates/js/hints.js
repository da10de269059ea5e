// What is wider than its place fades at its right edge as long as there is more to scroll to.
export function startHints(document) {
  const mark = (part) => part.classList.toggle("cut", part.scrollWidth - part.clientWidth - part.scrollLeft > 2);
  const all = () => requestAnimationFrame(() => document.querySelectorAll(".scroll").forEach(mark));
  const scrolled = (event) => event.target.classList?.contains("scroll") && mark(event.target);
  document.addEventListener("scroll", scrolled, { capture: true, passive: true });
  for (const kind of ["toggle", "click", "change", "keyup"]) document.addEventListener(kind, all, true);
  addEventListener("resize", all);
  all();
}
