module MtrlFunctional.Cli.Tests.Api.SurfaceTests

open Expecto
open System
open System.IO
open System.Reflection
open MtrlFunctional.Tests

/// The surface that others build on is a reviewed text.
let ``the public surface`` = [
    let differences (before: string) (after: string) =
        let lines (text: string) = text.Split '\n' |> List.ofArray
        let gone = lines before |> List.except (lines after) |> List.map (fun l -> "- " + l)

        let added =
            lines after |> List.except (lines before) |> List.map (fun l -> "+ " + l)

        gone @ added |> List.truncate 40 |> String.concat "\n"

    testTheory "is the one in tests/api" [
        "core", "MtrlFunctional.Core"
        "facade", "MtrlFunctional"
        "policies", "MtrlFunctional.Policies"
    ]
    <| fun (file, assembly) ->
        let path = Path.Combine(Repository.root, "tests", "api", file + ".txt")
        let surface = Surface.ofAssembly (Assembly.Load assembly)

        if Environment.GetEnvironmentVariable "MTRL_ACCEPT_API" = "1" then
            File.WriteAllText(path, surface)

        let reviewed = if File.Exists path then File.ReadAllText path else ""

        if reviewed <> surface then
            failtest (
                $"The public surface of {assembly} has changed:\n{differences reviewed surface}\n"
                + "If that is meant, accept it and review the diff of tests/api:\n"
                + "  MTRL_ACCEPT_API=1 ./mtrl test --filter surface"
            )
]
