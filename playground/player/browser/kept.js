// Texts that the tab keeps through a reload, in its session storage.

const PREFIX = "playground ";

/** @param {Record<string, string>} texts by name */
export function keepTexts(texts) {
  for (const [name, text] of Object.entries(texts)) {
    try {
      sessionStorage.setItem(PREFIX + name, text);
    } catch {
      forget(); // it is full, of older ones
      try {
        sessionStorage.setItem(PREFIX + name, text);
      } catch {
        return; // or the browser keeps nothing: the page has said that a download does
      }
    }
  }
}

function forget() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
}

/** @param {string} name */
export function keptText(name) {
  try {
    return sessionStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}
