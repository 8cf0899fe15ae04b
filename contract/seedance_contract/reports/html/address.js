// What the hash of the URL says: a case to open, or a filter. It works from a file, and "back" works too.
//
//   #POLL-17              opens a case
//   #POLL-17/2            opens its result in the second report
//   #cause:blind-retry    opens a cause
//   #?verdict=FAIL&...    sets the filter

// A lone surrogate cannot be encoded in a URL: encodeURIComponent throws.
function encodable(text) {
  return text.replace(/[\ud800-\udfff]/gu, "\ufffd");
}

export function caseAddress(id, number) {
  return "#" + encodeURIComponent(encodable(id)) + (number === undefined ? "" : `/${number + 1}`);
}

export function causeAddress(id) {
  return caseAddress(`cause:${id}`);
}

// Takes an object of texts and lists of texts. Members without a value are left out.
export function filterAddress(filter) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    const joined = [value].flat().join(",");
    if (joined) parameters.set(name, encodable(joined));
  }
  const text = parameters.toString();
  return text ? `#?${text}` : "#";
}

// Returns { filter } for the hash of a filter and for no hash, and { target } for that of a case or cause.
export function parseAddress(hash) {
  const text = hash.replace(/^#/, "");
  if (text && !text.startsWith("?")) return { target: decode(text) };
  return { filter: Object.fromEntries(new URLSearchParams(text.slice(1))) };
}

// A hash that is not percent-encoded properly is taken as it is: decodeURIComponent throws.
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
