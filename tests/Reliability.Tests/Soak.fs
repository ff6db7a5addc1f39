/// How long the tests of this project last: a short form in every test run, a long one in `./mtrl test --soak`.
module MtrlFunctional.Reliability.Tests.Soak

open System
open NUnit.Framework

/// `./mtrl test --soak` was asked for.
let isLong = Environment.GetEnvironmentVariable "MTRL_SOAK" = "1"

/// The number of cases: the first in every test run, the second under `--soak`.
let count short long = if isLong then long else short

/// Prints how far a long form is, after each tenth of its cases.
let progress case cases =
    if isLong && case % (cases / 10) = 0 then
        TestContext.Progress.WriteLine $"soak: {case} of {cases} cases"

/// A measured figure for the table of docs/reference/reliability.md, printed with the test's result.
let report (text: string) =
    TestContext.Out.WriteLine $"soak: {text}"
