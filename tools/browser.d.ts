// Types of what the scripts in static/js find on the page; only `tsc` reads this file.

interface Htmx {
  logger: (element: Element, event: string, detail: { error?: unknown }) => void;
  process(element: Element): void;
  trigger(element: Element | string, event: string): void;
}

declare const htmx: Htmx;

type HtmxEvent = CustomEvent<{
  verb: string;
  headers: Record<string, string>;
  xhr: XMLHttpRequest;
  target: HTMLElement;
  successful: boolean;
}>;

interface DocumentEventMap {
  "htmx:configRequest": HtmxEvent;
  "htmx:beforeRequest": HtmxEvent;
  "htmx:afterRequest": HtmxEvent;
  "htmx:afterSwap": HtmxEvent;
  "htmx:sendError": HtmxEvent;
  "htmx:timeout": HtmxEvent;
  "htmx:responseError": HtmxEvent;
  "gallery:say": CustomEvent<{ value: string }>;
}

interface WindowEventMap {
  /** Files that were dropped on the Add page. */
  "gallery:add": CustomEvent<{ files: File[] }>;
}

/** The Navigation API, which not every browser has. */
interface NavigateEvent extends Event {
  navigationType: "push" | "replace" | "reload" | "traverse";
  destination: { url: string; sameDocument: boolean };
  hashChange: boolean;
  canIntercept: boolean;
  intercept(options: { handler: () => Promise<void> }): void;
}

interface Window {
  navigation?: {
    entries(): { url: string }[];
    currentEntry: { index: number };
    addEventListener(type: "navigate", listener: (event: NavigateEvent) => void): void;
  };
}
