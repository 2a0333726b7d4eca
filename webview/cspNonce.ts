/**
 * The toolkit tries `:focus-visible` with a style element of its own, for which it reads a nonce from this meta element;
 * without one the page's content security policy refuses it and every click shows a focus ring. Imported before the
 * toolkit; the nonce is that of the running script.
 */
const nonce = document.currentScript?.nonce;
if (nonce) {
  const meta = document.createElement('meta');
  meta.setAttribute('property', 'csp-nonce');
  meta.content = nonce;
  document.head.append(meta);
}
