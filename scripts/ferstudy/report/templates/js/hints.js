// What is wider or higher than its place fades at that edge as long as there is more to scroll to. Only what is in view
// is measured: to measure hundreds of tables lays all of them out.
const SCROLLED = ".scroll, .rankings .rows";

export function startHints(document) {
  const inView = new Set();
  const edges = (part) => ({
    cut: part.scrollWidth - part.clientWidth - part.scrollLeft > 2,
    deep: part.scrollHeight - part.clientHeight - part.scrollTop > 2,
  });
  const mark = (parts) => {
    const found = parts.map(edges); // all are measured before one is changed
    parts.forEach((part, i) => Object.entries(found[i]).forEach(([name, is]) => part.classList.toggle(name, is)));
  };
  const observer = new IntersectionObserver((entries) => {
    const come = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
    entries.forEach((entry) => inView.delete(entry.target));
    come.forEach((part) => inView.add(part));
    mark(come);
  });
  document.querySelectorAll(SCROLLED).forEach((part) => observer.observe(part));
  const again = () => requestAnimationFrame(() => mark([...inView]));
  const scrolled = (event) => event.target.matches?.(SCROLLED) && mark([event.target]);
  document.addEventListener("scroll", scrolled, { capture: true, passive: true });
  for (const kind of ["toggle", "click", "change", "keyup"]) document.addEventListener(kind, again, true);
  addEventListener("resize", again);
}
