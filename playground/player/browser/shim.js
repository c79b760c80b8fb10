// The component's script. It rides in every message, so it only imports the real file, once; Python puts in what is
// in capitals. Not async, or Streamlit would tear down at once what it supersedes.

/** @param {string} address below the app's own */
const at = (address) => new URL(address, document.baseURI).href;

document.head.append(
  Object.assign(document.createElement("link"), { rel: "preload", as: "script", href: at("PLOTLY") }),
);
const player = import(at("PLAYER"));

/** @param {Streamlit.Component} component */
export default function (component) {
  /** @type {(() => void) | undefined} */
  let tearDown;
  player.then(
    (module) => {
      tearDown = module.default(component);
    },
    (error) => {
      console.error(error);
      if (!("shared" in component.data)) component.parentElement.textContent = "UNSERVED";
    },
  );
  return () => tearDown?.();
}
