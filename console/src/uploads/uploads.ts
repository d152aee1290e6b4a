import { newKey } from '../api/client';
import { askWhoIsThere } from '../api/queries';
import { UploadQueue } from './queue';
import { xhrTransport } from './transport';

/** The queue of this page. It outlives a sign-in in between, so that no row is lost to an ended login. */
export const uploads = new UploadQueue({ transport: xhrTransport(), newKey, onUnauthenticated: askWhoIsThere });
