/// Serves the page to the browsers of this machine.
module MtrlFunctional.Cli.Play.PlayServer

open System.Net
open System.Threading.Tasks
open Microsoft.AspNetCore.Http
open MtrlFunctional.Cli.Watch

/// Starts it. The bindings of MuJoCo's module make functions from texts, and so need 'unsafe-eval'; the page has no
/// text of others to evaluate.
let start (address: IPAddress) (port: int) (files: PlayFile list) =
    let byPath = Map [ for file in files -> file.Path, file ]

    let answer (context: HttpContext) (path: string) _ : Task =
        let path = if path = "" then "index.html" else path

        match Map.tryFind path byPath with
        | Some file -> PageAnswer.file context (file.Read(), PlayFiles.kind path)
        | None -> PageAnswer.refuse context StatusCodes.Status404NotFound

    new PageServer({ Address = address; Port = port; Scripts = "'self' 'unsafe-eval'" }, answer)
