// The address of a view: all of it is in the fragment, so that a link, a reload and "back" show the same.

/** @returns {{ view: string, params: Record<string, string> }} */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { view: path || "map", params: Object.fromEntries(new URLSearchParams(query)) };
}

/** @param {string} view @param {Record<string, string>} [params] */
export function link(view, params = {}) {
  const given = Object.entries(params).filter(([, value]) => value);
  const query = new URLSearchParams(given).toString();
  return `#/${view}${query ? `?${query}` : ""}`;
}

/** @param {string} view @param {Record<string, string>} [params] */
export function go(view, params = {}) {
  location.hash = link(view, params);
}

/** Changes the address without a new step in the browser's history. @param {string} view @param {Record<string, string>} params */
export function stay(view, params) {
  history.replaceState(null, "", link(view, params));
}

/** Returns the address of the server as clients name it, also behind a proxy with a path of its own. */
export const endpoint = () => new URL("../../", location.href.split("#")[0]).href.replace(/\/$/, "");
