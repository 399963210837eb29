/* dashboard/server/: what Netron 9.3 asks of the page that it runs in, answered without leaving this machine.
 *
 * Netron's own host asks ipinfo.io for the user's country, reports usage to Google, and does not
 * open anything half a year after its release. It lies beside this as netron-browser.js.
 */

import { Host } from './netron-browser.js';

window.exports.browser.Host = class extends Host {

    async view(view) {
        this._view = view;
    }

    event() {}

    exception() {}

    /* The menu has “Open …” and “Report Issue”; the toolbar has what is left. */
    environment(name) {
        return name === 'menu' ? false : super.environment(name);
    }

    openURL(url) {
        this.window.open(url, '_blank', 'noopener');
    }
};
