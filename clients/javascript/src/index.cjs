"use strict";
// What tests import: start a server, and the errors that it may throw.

const { Control, ControlError } = require("./control.cjs");
const { startMock } = require("./mock.cjs");
const { StartError } = require("./process.cjs");

// One by one: Node finds the names of a CommonJS module without running it, for `import`.
exports.Control = Control;
exports.ControlError = ControlError;
exports.StartError = StartError;
exports.startMock = startMock;
