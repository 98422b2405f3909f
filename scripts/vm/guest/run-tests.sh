# What the guest does once it is up; then it turns itself off. The checkout's parts are in the current directory.
here=$PWD/scripts/vm/guest
export CLOISON_VM_RESULTS=/dev/ttyS1 CI=1
export CLOISON_TEST_PREBUILT="$PWD/prebuilt" CLOISON_TEST_PATIENCE=10 CLOISON_TEST_LANES="root delegated"
export CLOISON_TEST_SHARED_HOSTS=1
export NODE_COMPILE_CACHE=/run/compile-cache NODE_OPTIONS="--import $here/plain-typescript.mjs"
mkdir -m 1777 "$NODE_COMPILE_CACHE"
# Where the tests' own copies can be links to it.
mkdir /tmp/bin && cp /usr/local/bin/node /tmp/bin/node
export PATH="/tmp/bin:$PATH"
# Words that choose test files, which then may be slow ones; none for all that are not, and the attacks beside them.
CLOISON_VM_ONLY=$(cat only)
export CLOISON_VM_ONLY
case "$CLOISON_VM_ONLY" in "" | attacks) node "$here/run-corpus.mjs" & ;; esac
# shellcheck disable=SC2086 # a word each
[ "$CLOISON_VM_ONLY" = attacks ] || node node_modules/vitest/vitest.mjs run --config "$here/vitest.config.mjs" $CLOISON_VM_ONLY
wait
node "$here/tell-end.mjs"
