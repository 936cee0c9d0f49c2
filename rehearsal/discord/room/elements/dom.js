// Builds elements. Text is only ever set as text and addresses are checked: nothing in the room parses HTML.

/** `el("a", {href, onclick, hidden: true}, "words", child, null)`; false, null and undefined are left out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

let made = 0;
/** An id that no other element has. */
export const freshId = (word) => `${word}-${(made += 1)}`;

/** An http(s) address to link to or load, else null. What lies on this server is taken from the page's own origin. */
export function address(url) {
  try {
    const found = new URL(url, location.href);
    if (!/^https?:$/.test(found.protocol)) return null;
    const here = found.port === location.port && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(found.hostname);
    return here ? found.pathname + found.search : found.href;
  } catch {
    return null;
  }
}

/** A link out of the room, or its words alone where the address is no web address. */
export function link(url, ...words) {
  const href = address(url);
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...words) : el("span", {}, ...words);
}

/** Sets a colour from Discord's 24-bit number as a custom property; style attributes are closed to us by the CSP. */
export function tint(node, colour) {
  if (Number.isInteger(colour)) node.style.setProperty("--tint", `#${colour.toString(16).padStart(6, "0")}`);
  return node;
}
