/**
 * The start of every R step: selects the image's own library, because the one in the home folder is on a volume, and the repositories. With `date`,
 * it uses Posit's snapshot of CRAN of that day, with binaries if it has them for the image's system.
 * https://packagemanager.posit.co/__docs__/user/get-repo-url/
 */
export function prelude(date: string | undefined): string {
  const day = date === undefined ? 'NULL' : `"${date}"`;
  return `.libPaths(if (length(.Library.site) > 0) .Library.site[[1]] else .Library)
local({
  posit <- function(date) {
    release <- readLines("/etc/os-release")
    codename <- sub("^VERSION_CODENAME=", "", grep("^VERSION_CODENAME=", release, value = TRUE))
    binary <- R.version$arch == "x86_64" && any(codename %in% c("bullseye", "bookworm", "trixie", "focal", "jammy", "noble"))
    paste0("https://packagemanager.posit.co/cran/", if (binary) paste0("__linux__/", codename, "/"), date)
  }
  date <- ${day}
  mirror <- Sys.getenv("EZJ_CRAN", if (is.null(date)) "https://cloud.r-project.org" else posit(date))
  options(
    repos = c(CRAN = mirror),
    Ncpus = max(1L, parallel::detectCores(), na.rm = TRUE),
    HTTPUserAgent = sprintf("R/%s R (%s)", getRversion(), paste(getRversion(), R.version$platform, R.version$arch, R.version$os))
  )
})
`;
}

/** Installs the packages in \`r-packages\` that the image lacks. Fails where R's own \`install.packages\` would only warn. */
export const INSTALL_PACKAGES = `source("ezj.R")
wanted <- read.table("r-packages", col.names = c("name", "least"), colClasses = "character")
lacking <- function() {
  have <- installed.packages()[, "Version"]
  there <- mapply(function(name, least) name %in% names(have) && package_version(have[[name]]) >= least, wanted$name, wanted$least)
  wanted$name[!there]
}
if (length(lacking()) > 0) install.packages(lacking())
if (length(lacking()) > 0) stop("could not install ", paste(lacking(), collapse = ", "), call. = FALSE)
`;

/** Runs the project's install.R. Fails if a package cannot be installed. */
export const RUN_INSTALL_R = `source("ezj.R")
withCallingHandlers(source("install.R", echo = TRUE), warning = function(w) {
  if (grepl("had non-zero exit status|is not available", conditionMessage(w))) stop(w)
})
`;

/** Installs the lock into the image's library. Copies from renv's cache, because a session does not have that volume. */
export const RESTORE_RENV = `source("ezj.R")
options(renv.consent = TRUE)
if (!requireNamespace("renv", quietly = TRUE)) install.packages("renv")
if (!requireNamespace("renv", quietly = TRUE)) stop("could not install renv", call. = FALSE)
mirror <- if (Sys.getenv("EZJ_CRAN") != "") getOption("repos")
renv::restore(lockfile = "renv.lock", library = .libPaths()[[1]], repos = mirror, prompt = FALSE)
`;
