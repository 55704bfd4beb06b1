export const experiments = {};
