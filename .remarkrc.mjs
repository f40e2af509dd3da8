import remarkValidateLinks from "remark-validate-links"

/** Relative links and headings only: the checkout has no remote that links could be compared with. */
export default { plugins: [[remarkValidateLinks, { repository: false, root: import.meta.dirname }]] }
