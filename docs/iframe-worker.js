// Lets the search work in pages that are opened from the disk: there browsers start no worker, and a hidden frame takes
// its place. The theme looks for `IFrameWorker`, and expects `importScripts` to return a promise.
if (location.protocol === "file:") {
  const load = (document, url) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = url;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });

  window.IFrameWorker = class extends EventTarget {
    #frame = document.createElement("iframe");
    #started;

    constructor(url) {
      super();
      this.#frame.hidden = true;
      document.documentElement.append(this.#frame);
      const inside = this.#frame.contentWindow;
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      inside.importScripts = (...urls) =>
        urls.reduce((before, each) => before.then(() => load(inside.document, each)), Promise.resolve());
      this.#started = load(inside.document, new URL(url, location.href));
    }

    postMessage(data) {
      const inside = this.#frame.contentWindow;
      this.#started.then(() => inside.dispatchEvent(new MessageEvent("message", { data })));
    }

    terminate() {
      this.#frame.remove();
    }
  };
  window.Worker = window.IFrameWorker;
}
