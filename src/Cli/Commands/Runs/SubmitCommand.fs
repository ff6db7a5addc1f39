/// `mtrl submit WORDS`: the runs of a sweep as one array of Slurm, or as processes of this machine.
module MtrlFunctional.Cli.Commands.SubmitCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Cluster
open MtrlFunctional.Cli.Training

type Options =
    | [<MainCommand>] Overrides of word: string list
    | Dry_Run
    | Local of runs: int
    | Cluster of file: string
    | Partition of name: string
    | Account of name: string
    | Time of limit: string
    | Save of seconds: string
    | Cpus of count: string
    | Gpus of count: string
    | Memory of size: string
    | Launch of words: string
    | Extra of option: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Overrides _ ->
                "configuration: key=value, and key=a,b for a run with each value, as for train -m; setup.num_seeds=5 for five seeds; or a script.fsx, with words for its runs"
            | Dry_Run -> "print the file for sbatch, and submit nothing"
            | Local _ -> "run the array on this machine, so many runs at a time"
            | Cluster _ ->
                "file with the options below, 'partition: gpu' in a line (default: slurm.yaml in this folder, where it is)"
            | Partition _ -> "partition of the cluster"
            | Account _ -> "account that is charged"
            | Time _ ->
                "limit of one start of a run, 4:00:00 or 1-12:00:00; a run that is not finished is queued again"
            | Save _ -> "seconds before the limit at which runs save (default 180)"
            | Cpus _ -> "processors of each run, and threads"
            | Gpus _ -> "GPUs of each run, 1 or a100:1"
            | Memory _ -> "memory of each run, 16G"
            | Launch _ ->
                "words before the program, 'srun --mpi=pmix -K1' for a run in many processes"
            | Extra _ ->
                "other options of sbatch, --extra=--qos=high or --extra='[--qos=high, --exclusive]'"

/// The cluster by its file and by options.
let private clusterOf (options: ParseResults<Options>) =
    [
        for option in options.GetAllResults() do
            match option with
            | Partition word -> "partition", word
            | Account word -> "account", word
            | Time word -> "time", word
            | Save word -> "save", word
            | Cpus word -> "cpus", word
            | Gpus word -> "gpus", word
            | Memory word -> "memory", word
            | Launch word -> "launch", word
            | Extra word -> "extra", word
            | Overrides _
            | Dry_Run
            | Local _
            | Cluster _ -> ()
    ]
    |> ClusterFile.read (options.TryGetResult Cluster)

let private run (options: ParseResults<Options>) =
    let words = List.concat (options.GetResults Overrides) @ SeedRuns.assetsOverride ()

    let place =
        match options.TryGetResult Local with
        | _ when options.Contains Dry_Run -> Submission.Printed
        | Some width -> Submission.Here(Command.atLeastOne "--local" width)
        | None -> Submission.OnCluster

    Submission.run place (clusterOf options) words

let command =
    Command.define
        "submit"
        "Trains the runs of a sweep on a cluster with Slurm, or several at a time here."
        [
            "mtrl submit preset=fast/mt50 setup.num_seeds=5 --time=4:00:00 --cpus=8"
            "mtrl submit --dry-run preset=ptsl/care-mt10 agent.actor.hidden_dim=200,400 setup.num_seeds=3"
            "mtrl submit scripts/ablations-mt10.fsx setup.num_seeds=3 --time=1:00:00"
            "mtrl submit --local 2 preset=fast/mt10 setup.num_seeds=5"
        ]
        run
    |> Command.withPaperWords
