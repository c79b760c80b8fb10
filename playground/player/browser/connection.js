// A sentence where there is no connection to the server. The page's own HTML brings this file, see serve.py: all else of
// the page comes over the connection.

const PATIENCE = 6; // seconds: a connection that drops comes back by itself in one or two
const NEVER =
  "This page has no connection to its server yet. If that stays so, something on the way blocks WebSockets: " +
  "try another network, or ask whoever looks after this one.";
const LOST =
  "The connection to the server is lost. What is shown stays and can be played; the fields wait until it is back.";
const BACK = "gp-back"; // player.js listens to it: what was sent meanwhile has reached nobody

let seconds = 0;
let wasThere = false;
const sentence = document.createElement("div");
sentence.setAttribute("role", "alert");
sentence.dataset.testid = "connection";
sentence.style.cssText =
  "position: fixed; bottom: 12px; left: 50%; transform: translateX(-50%); z-index: 999999; box-sizing: border-box; " +
  "width: min(640px, calc(100% - 24px)); padding: 10px 14px; border-radius: 8px; background: #333; color: #fff; " +
  "font: 16px/1.4 system-ui, sans-serif";

function isThere() {
  /** @type {HTMLElement | null} */
  const app = document.querySelector("[data-testid=stApp]");
  return app?.dataset.testConnectionState === "CONNECTED";
}

function look() {
  wasThere ||= isThere();
  seconds = isThere() ? 0 : seconds + 1;
  if (seconds < PATIENCE) return sentence.remove();
  sentence.textContent = wasThere ? LOST : NEVER;
  if (!sentence.isConnected) document.body.append(sentence);
}

setInterval(look, 1000);

/** The whole page runs once more, as after the browser's Back: a new server doesn't know its parts, and runs none alone. */
function comeBack() {
  if (!isThere()) return;
  const isBack = wasThere;
  wasThere = true; // at once: it may be lost before the next look
  if (!isBack) return;
  window.dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
  window.dispatchEvent(new Event(BACK));
}

new MutationObserver(comeBack).observe(document.documentElement, {
  subtree: true,
  attributeFilter: ["data-test-connection-state"],
});
