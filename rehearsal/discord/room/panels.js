// What can be opened beside the channel, and light or dark.

const $ = (id) => document.getElementById(id);
const wide = matchMedia("(min-width: 1101px)");

/** A button in the header that opens and closes `panel`; `turned(open)` is told. Returns the function that does it. */
export function panel(name, turned = () => {}, open = false) {
  const [button, box] = [$(`${name}-button`), $(name)];
  const turn = (on) => {
    if (box.hidden === !on) return;
    box.hidden = !on;
    button.setAttribute("aria-expanded", String(on));
    turned(on);
    if (!on && box.contains(document.activeElement)) button.focus();
  };
  button.addEventListener("click", () => turn(box.hidden));
  box.querySelector(".close").addEventListener("click", () => (turn(false), button.focus()));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    turn(false);
    button.focus();
  });
  if (open && wide.matches) turn(true);
  return turn;
}

/** The switch between the system's choice, light and dark; what was chosen is kept for this browser. */
export function theme() {
  const select = $("theme");
  const set = (choice) => {
    document.documentElement.dataset.theme = choice;
    localStorage.setItem("theme", choice);
  };
  select.value = localStorage.getItem("theme") ?? "system";
  set(select.value);
  select.addEventListener("change", () => set(select.value));
}
