// The gym's front desk.
const { frontDeskPhone } = require('../config');
const log = require('../transport/log');

/** Calls the front desk, after WeChat has asked. */
function call() {
  wx.makePhoneCall({ phoneNumber: frontDeskPhone, fail: (error) => log.warn('front desk: no call', error) });
}

module.exports = { canCall: frontDeskPhone !== '', call };
