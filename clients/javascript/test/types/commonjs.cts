// Compiled only: what a program in TypeScript writes, as a CommonJS module.
import jest = require("seedance-mock/jest");
import mock = require("seedance-mock");

const start: (options?: mock.StartOptions) => Promise<mock.Mock> = mock.startMock;
const access: mock.MockAccess = jest.useSeedanceMock({ port: 9000 });

export { access, start };
