/// The tests of a program as one tree: a folder, a subject, what is stated of it. Each value of type `Test list` is a subject,
/// by its name, in the folder of its namespace.
module MtrlFunctional.Tests.TestProgram

open System
open System.Reflection
open Expecto

let private subjects () = [
    for module' in Assembly.GetExecutingAssembly().GetTypes() do
        for value in module'.GetProperties(BindingFlags.Static ||| BindingFlags.Public) do
            if value.PropertyType = typeof<Test list> then
                module'.Namespace |> nonNull,
                testList value.Name (value.GetValue null |> nonNull :?> Test list)
]

let private tree name =
    testList name [
        for folder, subjects in List.groupBy fst (subjects ()) do
            let folder = folder.Substring(folder.LastIndexOf '.' + 1)

            if folder = name then
                yield! List.map snd subjects
            else
                testList folder (List.map snd subjects)
    ]

/// Those of which the full name contains all of the words, of one side of `|`.
let private named (words: string) tests =
    tests
    |> Test.filter "." (fun parts ->
        let name = String.concat "." parts

        let contains (word: string) =
            name.Contains(word, StringComparison.OrdinalIgnoreCase)

        words.Split '|'
        |> Array.exists (fun side -> side.Split ' ' |> Array.forall contains))

/// Says why a test is skipped.
let private printer = {
    Impl.TestPrinters.defaultPrinter with
        ignored = fun name reason -> async { printfn $"skipped {name}: {reason}" }
}

/// Runs the tests with the arguments of the program: [--filter WORDS], and Expecto's options. In turn: the current folder, the
/// streams of the console, environment variables and the count of live tensors are the process's.
let run name (prepare: Test -> Test) arguments =
    let run arguments tests =
        runTestsWithCLIArgs
            [ No_Spinner; Colours 0; Printer printer ]
            (List.toArray arguments)
            (testSequenced tests)

    let tests = prepare (tree name)

    try
        match List.ofArray arguments with
        | "--filter" :: words :: others -> run others (named words tests)
        | others -> run others tests
    finally
        TestFolder.removeAll ()
