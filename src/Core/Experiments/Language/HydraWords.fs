/// What does the same here as Hydra's own options, keys, groups and resolvers, which people paste with the commands of the
/// original programs.
module MtrlFunctional.Experiments.HydraWords

open System

let private folders =
    "a run writes into setup.base_path/setup.name/seed-N; write setup.base_path=FOLDER setup.name=NAME"

let private several =
    "'mtrl train -m' tries every combination of key=a,b one after the other (docs/guides/experiments.md), 'mtrl tune' searches (docs/guides/tuning.md)"

let private log =
    "a run keeps its log in its folder, train.log; --verbose prints the stack trace of an error"

/// Paths of Hydra's own settings, the longest first.
let private settings = [
    "hydra.run", folders
    "hydra.sweep", folders
    "hydra.output_subdir", folders
    "hydra.job.name", folders
    "hydra.job.chdir", folders
    "hydra.launcher", $"a launcher of Hydra is not loaded here; {several}"
    "hydra.sweeper", several
    "hydra.mode", several
    "hydra.job_logging", log
    "hydra.hydra_logging", log
    "hydra.verbose", "--verbose prints the stack trace of an error"
    "hydra",
    $"settings of Hydra itself are not read here; {folders}, or for several values: {several}"
]

let private isAt (key: string) (path: string) =
    key = path
    || key.StartsWith(path + ".", StringComparison.Ordinal)
    || key.StartsWith(path + "_", StringComparison.Ordinal)

/// What serves here in the place of a key or group of Hydra's own settings: "hydra.run.dir", "hydra/launcher".
let internal ofKey (key: string) =
    let key = key.Replace('/', '.')
    settings |> List.tryFind (fst >> isAt key) |> Option.map snd

/// Options of Hydra, and the line in the place of each.
let private options = [
    "--cfg -c --resolve --info --package -p",
    "'mtrl config WORDS' prints the configuration of these words"
    "--config-name -cn --config-path -cp --config-dir -cd",
    "named settings are presets here, preset=NAME of 'mtrl list presets'; 'mtrl config WORDS' prints what words set"
    "--hydra-help", "'mtrl train --help' lists the options, 'mtrl config WORDS' prints the keys"
    "--shell-completion -sc", "'mtrl completion bash' prints the completion of a shell"
    "--experimental-rerun",
    "'mtrl resume RUN' continues a run, and the report of a run has the command that trains it anew"
]

/// The line in the place of an option of Hydra.
let ofOption (option: string) =
    options
    |> List.tryFind (fun (words, _) -> Array.contains option (words.Split ' '))
    |> Option.map snd

/// In the place of a reference to Hydra's own settings.
let private ofSettings =
    Some "names of runs are made of keys, such as ${setup.seed} or ${env.name}"

/// What a shell does in the place of a resolver of OmegaConf or Hydra, `oc.env:HOME`, or of a variable, `HOME`.
let internal ofReference (name: string) =
    let resolver, argument =
        match name.Split(':', 2) with
        | [| resolver; argument |] -> resolver, argument
        | _ -> "", name

    match resolver with
    | "oc.env"
    | "env" ->
        let variable = argument.Split(',') |> Array.head
        Some $"let the shell fill in the variable, outside single quotes: ${variable}"
    | "now" -> Some $"let the shell fill in the time, outside single quotes: $(date +{argument})"
    | "hydra" -> ofSettings
    | "" when name.StartsWith("hydra.", StringComparison.Ordinal) -> ofSettings
    | "" when name <> "" && Seq.forall (fun c -> Char.IsAsciiLetterUpper c || c = '_') name ->
        Some $"let the shell fill in the variable, outside single quotes: ${name}"
    | "" -> None
    | resolver -> Some $"the resolver {resolver} is not known here; write the value"
