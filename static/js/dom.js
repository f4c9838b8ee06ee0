// Short forms for finding elements, with the types that the scripts need.

/**
 * The first element that matches, where the page has one.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement | null}
 */
export const find = (selector, root = document) => root.querySelector(selector);

/**
 * The first element that matches, of which the caller knows that it is there.
 * @param {string} selector
 * @param {ParentNode} [root]
 */
export const $ = (selector, root = document) => /** @type {HTMLElement} */ (root.querySelector(selector));

/**
 * All elements that match.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement[]}
 */
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)].map(asElement);

/**
 * An input that is there.
 * @param {string} selector
 * @param {ParentNode} [root]
 */
export const input = (selector, root = document) => /** @type {HTMLInputElement} */ (root.querySelector(selector));

/**
 * The element itself or the nearest one around it that matches; for an event: around its target.
 * @param {EventTarget | null} target
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export const closest = (target, selector) => (target instanceof Element ? target.closest(selector) : null);

/**
 * Whether the target of an event matches.
 * @param {EventTarget | null} target
 * @param {string} selector
 * @returns {target is HTMLElement}
 */
export const matches = (target, selector) => target instanceof Element && target.matches(selector);

/** @param {Element} element */
const asElement = (element) => /** @type {HTMLElement} */ (element);

/**
 * A new element with these properties.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]>} [properties]
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, properties = {}) {
  const element = document.createElement(name);
  return Object.assign(element, properties);
}

/** The menus and cards that are open, the last one last. */
export const openMenus = () => /** @type {HTMLDetailsElement[]} */ ($$(":is(details.menu, details.why)[open]"));
