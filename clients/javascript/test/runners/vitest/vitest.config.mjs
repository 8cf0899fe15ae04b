export default { test: { include: ["*.test.mjs"], pool: "forks", maxWorkers: 1, isolate: false } };
