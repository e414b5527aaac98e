const account = require('./transport/account');
const auth = require('./transport/login');
const clock = require('./services/clock');
const network = require('./transport/network');
const profiles = require('./services/profiles');
const rules = require('./services/rules');
const storage = require('./transport/storage');
const update = require('./page/update');

/** How long the last known answers of a page are kept on the phone, in milliseconds. */
const KEPT = 14 * 24 * 60 * 60 * 1000;

App({
  onLaunch() {
    network.watch();
    update.watch();
    storage.forgetAnswers(clock.device() - KEPT);
    // The rules and the login start before the first page asks for them; a failure here is
    // met again, and shown, by the page that needs the answer.
    rules.load();
    const ready = account.token() ? profiles.refresh() : auth.ensure();
    ready.catch((error) => console.warn('app: no login yet', error));
  },

  onShow() {
    network.check();
    // A phone that slept may have had its clock corrected meanwhile.
    clock.sync().catch((error) => console.warn("app: the server's clock is not known", error));
  },
});
