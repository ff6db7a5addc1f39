/// The tests of the core as one tree: a folder, a subject, what is stated of it. Each value of type `Test list` is a subject,
/// by its name, in the folder of its namespace.
module MtrlFunctional.Tests.Program

open System
open System.Reflection
open Expecto

let private subjects = [
    for module' in Assembly.GetExecutingAssembly().GetTypes() do
        for value in module'.GetProperties(BindingFlags.Static ||| BindingFlags.Public) do
            if value.PropertyType = typeof<Test list> then
                module'.Namespace |> nonNull,
                testList value.Name (value.GetValue null |> nonNull :?> Test list)
]

/// The tensors of a test end with it.
let rec private inScopes test =
    match test with
    | TestCase(Sync run, state) ->
        let scoped () =
            use _ = TorchSharp.torch.NewDisposeScope()
            run ()

        TestCase(Sync scoped, state)
    | TestCase(AsyncFsCheck(config, stress, run), state) ->
        let scoped config =
            async {
                use _ = TorchSharp.torch.NewDisposeScope()
                return! run config
            }

        TestCase(AsyncFsCheck(config, stress, scoped), state)
    | TestList(tests, state) -> TestList(List.map inScopes tests, state)
    | TestLabel(name, test, state) -> TestLabel(name, inScopes test, state)
    | other -> other

/// In turn: some tests count the live tensors of the process.
let tests =
    testList "Core" [
        for folder, subjects in List.groupBy fst subjects ->
            testList (folder.Substring(folder.LastIndexOf '.' + 1)) (List.map snd subjects)
    ]
    |> inScopes
    |> testSequenced

/// Those of which the full name contains all of the words, of one side of `|`.
let private named (words: string) =
    tests
    |> Test.filter "." (fun parts ->
        let name = String.concat "." parts

        let contains (word: string) =
            name.Contains(word, StringComparison.OrdinalIgnoreCase)

        words.Split '|'
        |> Array.exists (fun side -> side.Split ' ' |> Array.forall contains))

/// [--filter WORDS], and Expecto's options.
[<EntryPoint>]
let main arguments =
    let plain = [ No_Spinner; Colours 0 ]

    match List.ofArray arguments with
    | "--filter" :: words :: others -> runTestsWithCLIArgs plain (List.toArray others) (named words)
    | _ -> runTestsWithCLIArgs plain arguments tests
