/// How long the tests last: a short form in every test run, a long one in `./mtrl test --long`.
module MtrlFunctional.Tests.LongForm

open System

/// `./mtrl test --long` was asked for.
let isAsked = Environment.GetEnvironmentVariable "MTRL_LONG" = "1"

/// The number of cases: the first in every test run, the second in the long form.
let count short long = if isAsked then long else short

/// Prints how far a long form is, after each tenth of its cases.
let progress case cases =
    if isAsked && case % (cases / 10) = 0 then
        eprintfn $"long form: {case} of {cases} cases"

/// A measured figure for the table of docs/reference/reliability.md, printed with the test's result.
let report (text: string) = printfn $"long form: {text}"
