namespace Expecto

open System
open System.Text.RegularExpressions

/// What a test states of a value, `value |> equals 3`, and tables of tests. Where a statement needs a text of its own, in a
/// loop for example, tests use `Expect` of `Expecto.Flip`.
[<AutoOpen>]
module Expecting =
    let inline isTrue actual = Expect.isTrue actual "expected to hold"

    let inline isFalse actual =
        Expect.isFalse actual "expected not to hold"

    let inline equals expected actual = Expect.equal actual expected "differs"

    let inline differsFrom other actual =
        Expect.notEqual actual other "is the same"

    // NaN is in no order: it fails them all.
    let inline inOrder holds relation bound actual =
        if not (holds actual bound) then
            failtest $"expected: {relation} {bound}\n  actual: {actual}"

    let inline isBelow bound actual = inOrder (<) "below" bound actual
    let inline isAbove bound actual = inOrder (>) "above" bound actual
    let inline isAtMost bound actual = inOrder (<=) "at most" bound actual

    let inline isAtLeast bound actual = inOrder (>=) "at least" bound actual

    let inline isInRange low high actual =
        isAtLeast low actual
        isAtMost high actual

    let inline isWithin tolerance expected actual =
        if not (abs (actual - expected) <= tolerance || actual = expected) then
            failtest $"expected: {expected} ± {tolerance}\n  actual: {actual}"

    let isNaN actual =
        if not (Double.IsNaN actual) then
            failtest $"{actual} is a number"

    let inline areWithin tolerance expected actual =
        Expect.hasLength actual (Seq.length expected) "another length"
        Seq.iter2 (isWithin tolerance) expected actual

    let inline areAll expected actual =
        Expect.allEqual actual expected "not all alike"

    let inline startsWith start text =
        Expect.stringStarts text start "begins otherwise"

    let inline endsWith ending text =
        Expect.stringEnds text ending "ends otherwise"

    let inline contains part text =
        Expect.stringContains text part "lacks a part"

    let containsAll (parts: string list) (text: string) =
        for part in parts do
            text |> contains part

    let inline lacks (part: string) (text: string) =
        if text.Contains part then
            failtest $"\"{part}\" is in: {text}"

    let inline matches pattern text =
        if not (Regex.IsMatch((text: string), (pattern: string))) then
            failtest $"\"{pattern}\" does not match: {text}"

    let inline matchesNot pattern text =
        if Regex.IsMatch((text: string), (pattern: string)) then
            failtest $"\"{pattern}\" matches: {text}"

    let inline includes item items =
        Expect.contains items item "lacks an item"

    let inline excludes item items =
        if Seq.contains item items then
            failtest $"{item} is in: %A{items}"

    let inline hasLength length items =
        Expect.hasLength items length $"another length of %A{items}"

    let inline isDistinct items =
        items
        |> Seq.countBy id
        |> Seq.filter (fun (_, count) -> count > 1)
        |> List.ofSeq
        |> equals []

    let inline isEmpty items =
        if not (Seq.isEmpty items) then
            failtest $"expected to be empty: %A{items}"

    let inline isNotEmpty items =
        if Seq.isEmpty items then
            failtest "is empty"

    /// The same items, in any order.
    let inline isPermutationOf expected actual =
        List.ofSeq (Seq.sort actual) |> equals (List.ofSeq (Seq.sort expected))

    /// Some text has this part.
    let hasWith (part: string) (texts: string list) =
        if not (List.exists (fun (text: string) -> text.Contains part) texts) then
            failtest $"\"{part}\" is in none of: %A{texts}"

    let isFile path =
        if not (IO.File.Exists path) then
            failtest $"{path}: no such file"

    let isAbsent (path: string) =
        if IO.Path.Exists path then
            failtest $"{path}: is there"

    /// The value of a result that is none of an error.
    let ok result =
        match result with
        | Ok value -> value
        | Error error -> failtest $"%A{error}"

    /// The error of a result that is one.
    let refused result =
        match result with
        | Error error -> error
        | Ok value -> failtest $"expected an error: %A{value}"

    /// The action is refused with an ArgumentException, in whose message a part is.
    let isRefused part action =
        Expect.throwsC (action >> ignore) (fun refusal ->
            refusal.GetType() |> equals typeof<ArgumentException>
            refusal.Message |> contains part)

    /// The action is refused with a message to users, in which a part is.
    let isExplained part action =
        Expect.throwsC (action >> ignore) (fun refusal ->
            refusal.GetType().Name |> equals "MtrlException"
            refusal.Message |> contains part)

    /// The tests, with something done around the run of each.
    let rec around (wrap: (unit -> unit) -> unit) test =
        match test with
        | TestCase(Sync run, state) -> TestCase(Sync(fun () -> wrap run), state)
        | TestCase(AsyncFsCheck(config, stress, run), state) ->
            let wrapped config =
                async { wrap (fun () -> Async.RunSynchronously(run config)) }

            TestCase(AsyncFsCheck(config, stress, wrapped), state)
        | TestList(tests, state) -> TestList(List.map (around wrap) tests, state)
        | TestLabel(name, test, state) -> TestLabel(name, around wrap test, state)
        | other -> other

    /// Tests that begin when something is there, made before the first of them. Where that fails, each of them fails.
    let after (made: Lazy<'a>) tests =
        tests
        |> List.map (
            around (fun run ->
                made.Force() |> ignore
                run ())
        )

    /// A test for each of the examples, which are named.
    let testNamed name examples body =
        testList name [ for label, example in examples -> testCase label (fun () -> body example) ]

    /// A test for each of the examples, by its number.
    let testEach name examples body =
        testNamed name (examples |> List.mapi (fun i example -> $"example {i + 1}", example)) body

    /// A law on so many examples, which such types describe.
    let testLaw count (arbitraries: Type list) name law =
        testPropertyWithConfig
            { FsCheckConfig.defaultConfig with maxTest = count; arbitrary = arbitraries }
            name
            law

namespace Expecto.Flip

open Expecto

/// Statements with a text of their own that Expecto does not have.
module Expect =
    let inline isBelow message bound actual = Expect.isLessThan actual bound message

    let inline isAbove message bound actual =
        Expect.isGreaterThan actual bound message

    let inline isAtMost message bound actual =
        Expect.isLessThanOrEqual actual bound message

    let inline isAtLeast message bound actual =
        Expect.isGreaterThanOrEqual actual bound message

    let inline isWithin message tolerance expected actual =
        if not (abs (actual - expected) <= tolerance || actual = expected) then
            failtest $"{message}\nexpected: {expected} ± {tolerance}\n  actual: {actual}"

    let inline areWithin message tolerance expected actual =
        Expect.hasLength actual (Seq.length expected) message
        Seq.iter2 (isWithin message tolerance) expected actual
