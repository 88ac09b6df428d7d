// What every component may count on.
interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<any>;
}
// what together.py puts in front of together.js
declare const KINDS: any;
