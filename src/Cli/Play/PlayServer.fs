/// Serves the page to the browsers of this machine.
module MtrlFunctional.Cli.Play.PlayServer

open System.Net
open System.Threading.Tasks
open Microsoft.AspNetCore.Http
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Cli.Pages
open MtrlFunctional.Cli.Show

/// What the browser allows the page. The bindings of MuJoCo's module make functions from texts, and so need 'unsafe-eval'; the
/// page has no text of others to evaluate.
let policy ancestors = { Scripts = "'self' 'unsafe-eval'"; Ancestors = ancestors }

/// Answers a request for a file of the page.
let answer (files: PlayFile list) (context: HttpContext) (path: string) : Task =
    let path = if path = "" then "index.html" else path

    match files |> List.tryFind (fun file -> file.Path = path) with
    | Some file -> PageAnswer.file context (file.Read(), PlayFiles.kind path)
    | None -> PageAnswer.status context StatusCodes.Status404NotFound

/// Serves the page, and what this program plays for it: tasks of its policies, and the experts of Meta-World.
let start (address: IPAddress) (port: int) (policies: PlayPolicy list) (files: PlayFile list) =
    let rollouts =
        Map [
            for index, task in Seq.indexed (List.collect _.Served policies) do
                $"served/{index}/policy", fun () -> task.Open false
                $"served/{index}/random", fun () -> task.Open true
            for task in Benchmarks.tasks do
                $"served/{task.Name}/expert",
                fun () -> Subject.rollout 42u [ Subject.MetaWorld task ]
        ]

    let played = PlayedTasks()

    new PageServer(
        { Address = address; Port = port; Policy = fun _ -> policy "'none'" },
        fun context path stopping ->
            match rollouts.TryFind path with
            | Some start -> played.Play start context stopping
            | None ->
                played.Ask context path
                |> Option.defaultWith (fun () -> answer files context path)
    )
