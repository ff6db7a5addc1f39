# Sourced by ./mtrl after setup.sh: fetches the packages of the page of 'mtrl play', once, into .mtrl/page. Their versions and
# hashes (SHA-512) are those of eng/page/package-lock.json; npm refuses others.

page=$root/.mtrl/page

# The packages there are those of the lock.
has_page() { cmp -s "$root/eng/page/package-lock.json" "$page/fetched.json"; }

npm_packages() {
    mkdir -p "$page" && cp "$root"/eng/page/package*.json "$page" && cd "$page" &&
        npm ci --ignore-scripts --no-audit --no-fund --prefer-offline && cp package-lock.json fetched.json
}

fetch_page() {
    has_page && return 0
    command -v npm >/dev/null || { say "play needs npm, which fetches two packages (MuJoCo for the browser, three.js), once." \
        "Install Node.js with npm (apt-get install npm) and run this again." && return 2; }
    mkdir -p "$root/.mtrl"
    step "Packages of the page (12 MB)" npm_packages ||
        { say "the packages of the page were not fetched. They come from the registry of npm: check the network, and 'npm ping'." && return 2; }
}
