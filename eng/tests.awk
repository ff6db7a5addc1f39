# The summaries of test programs, of Microsoft's testing platform or of Expecto, added up: tests that passed, failed and were
# skipped, and the programs that reported.
function counted(word,    found) {
    if (!match($0, "[0-9][0-9,]* " word)) return 0
    found = substr($0, RSTART, RLENGTH)
    gsub(",", "", found)
    return found + 0
}
/^ *failed: [0-9]+/ { failed += $2; programs++ }
/^ *succeeded: [0-9]+/ { passed += $2 }
/^ *skipped: [0-9]+/ { skipped += $2 }
/EXPECTO! .* tests run in / {
    passed += counted("passed")
    failed += counted("failed") + counted("errored")
    skipped += counted("ignored")
    programs++
}
END { print passed + 0, failed + 0, skipped + 0, programs + 0 }
