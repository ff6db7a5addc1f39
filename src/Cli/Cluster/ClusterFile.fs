/// What a command says of the cluster: a file, and options.
module MtrlFunctional.Cli.Cluster.ClusterFile

open System.IO
open MtrlFunctional
open MtrlFunctional.Experiments

let private usual = "slurm.yaml"

/// The cluster of the file of `--cluster`, or of `slurm.yaml` in this folder where it is, and of options, which win. Raises all
/// mistakes.
let read (file: string option) options =
    let text =
        match file with
        | Some file when not (File.Exists file) -> refuse $"--cluster {file}: no such file."
        | Some file -> File.ReadAllText file
        | None when File.Exists usual -> File.ReadAllText usual
        | None -> ""

    Cluster.read (Option.defaultValue usual file) text options |> valid
