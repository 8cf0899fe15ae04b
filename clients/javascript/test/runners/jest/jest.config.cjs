module.exports = { testMatch: ["**/*.test.cjs"], testEnvironment: "node", maxWorkers: 1 };
