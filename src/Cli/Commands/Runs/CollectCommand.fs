/// `mtrl collect`: the table of a submitted sweep.
module MtrlFunctional.Cli.Commands.CollectCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Cluster
open MtrlFunctional.Cli.Tables.SweepRow
open MtrlFunctional.Cli.Training

type Options =
    | [<MainCommand>] Sweep of folder: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Sweep _ -> "name or folder of the sweep; not needed where there is one"

let private kinds = [ JobArray.ofSweep ]

let private collect file =
    let rows =
        SubmittedSweep.read ScriptRuns.plan file
        |> SubmittedSweep.rows (SubmittedSweep.queue ())

    SweepRuns.show rows

    match rows |> List.filter (fun row -> row.State <> MemberState.Finished) with
    | [] -> ExitCode.Done
    | missing ->
        let common = commonFolderOfRows rows

        let named =
            missing
            |> List.map (fun row -> $"{nameIn common row.Run} ({describe row.State})")
            |> String.concat ", "

        eprintfn
            $"mtrl collect: {missing.Length} of {rows.Length} runs are missing: {named}. Submitting the same words again trains them."

        ExitCode.Failed

let private run (options: ParseResults<Options>) =
    match SubmittedSweep.named kinds (options.TryGetResult Sweep) with
    | [ file ] -> collect file
    | files ->
        let list = files |> List.map SubmittedSweep.folder |> String.concat ", "
        refuseAll [ $"name one of the submitted sweeps: {list}." ]

let command =
    Command.define
        "collect"
        "Makes the table of a submitted sweep, with means and intervals over its seeds."
        [ "mtrl collect"; "mtrl collect fast-mt50" ]
        run
    |> Command.completingBesideFiles (SubmittedSweep.names kinds)
