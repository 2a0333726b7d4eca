/** HTTP range requests: for any platform with `fetch`. */
export { type HttpFetch, type HttpOptions, type HttpResponse, HttpSource } from './http/httpSource.ts';
