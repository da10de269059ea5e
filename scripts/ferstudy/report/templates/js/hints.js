// What is wider than its place fades at its right edge as long as there is more to scroll to. Only what is in view is
// measured: to measure hundreds of tables lays all of them out.
export function startHints(document) {
  const inView = new Set();
  const isCut = (part) => part.scrollWidth - part.clientWidth - part.scrollLeft > 2;
  const mark = (parts) => {
    const cut = parts.map(isCut); // all are measured before one is changed
    parts.forEach((part, i) => part.classList.toggle("cut", cut[i]));
  };
  const observer = new IntersectionObserver((entries) => {
    const come = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
    entries.forEach((entry) => inView.delete(entry.target));
    come.forEach((part) => inView.add(part));
    mark(come);
  });
  document.querySelectorAll(".scroll").forEach((part) => observer.observe(part));
  const again = () => requestAnimationFrame(() => mark([...inView]));
  const scrolled = (event) => event.target.classList?.contains("scroll") && mark([event.target]);
  document.addEventListener("scroll", scrolled, { capture: true, passive: true });
  for (const kind of ["toggle", "click", "change", "keyup"]) document.addEventListener(kind, again, true);
  addEventListener("resize", again);
}
