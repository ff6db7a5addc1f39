/// Words of forks of mtrl by the authors of methods that combine the gradients of tasks, each an agent of its own there:
/// FAMO's, SDMGrad's and CAGrad's, whose fork Nash-MTL's experiments use. Here the method is a key beside any agent.
///
/// Sources: the configurations in the folders mtrl_files of the repositories Cranial-XIX/FAMO and Cranial-XIX/CAGrad; run.sh of
/// SDMGrad's.
module internal MtrlFunctional.Experiments.ForkWords

open System
open System.IO
open MtrlFunctional.Surgery

/// Names of methods in the forks that are spelled otherwise here.
let private spellings = [ "nashmtl", "nash_mtl"; "uw", "uncertainty" ]

/// Agents behind the name of a method: "famo_state_sac" is FAMO with MT-SAC; "famo" alone is the name of its configuration.
let private agents = [ "_state_sac", "state_sac"; "_sac", "sac"; "", "state_sac" ]

/// Algorithms by their names in papers and other programs, in small letters without signs.
let private algorithms =
    Map [
        for names, words in
            [
                "mtsac multitasksac sacv2", "agent=state_sac"
                "mtmhsac mhsac multiheadsac",
                "agent=state_sac agent.multitask.should_use_multi_head_policy=True"
                "ppo ppo2 multitaskppo", "agent=mtppo"
                "trpo multitasktrpo", "agent=mttrpo"
                "care", "preset=ptsl/care-mt10"
                "softmodularization softmodules", "preset=ptsl/soft-modularization-mt10"
                "paco", "agent=state_sac agent.multitask.model=paco"
                "moore", "agent=state_sac agent.multitask.model=moore"
                "mamltrpo", "agent=maml"
                "rl2ppo", "agent=rl2"
            ] do
            for name in names.Split ' ' do
                name, words
    ]

/// The words for an agent of another program or paper, "MT-SAC", or of a fork: "famo_state_sac" is agent=state_sac with
/// FAMO's weights.
let ofAgent (agent: string) =
    let bare = agent.ToLowerInvariant() |> String.filter Char.IsAsciiLetterOrDigit

    let method' (name: string) =
        let word =
            spellings
            |> List.tryFind (fst >> (=) name)
            |> Option.map snd
            |> Option.defaultValue name

        Methods.all |> List.map _.Name |> List.tryFind ((=) word)

    let ofFork (ending: string, agent') =
        if agent.EndsWith(ending, StringComparison.Ordinal) then
            method' (agent.Substring(0, agent.Length - ending.Length))
            |> Option.map (fun method' -> $"agent={agent'} agent.surgery.method={method'}")
        else
            None

    Map.tryFind bare algorithms
    |> Option.orElseWith (fun () -> List.tryPick ofFork agents)

/// Keys of the forks: what they are, and the key here.
let private keys = [
    "gamma", "the weight decay of FAMO's logits", "agent.surgery.famo.decay"
    "w_lr", "the learning rate of FAMO's logits", "agent.surgery.famo.rate"
    "cagrad_c", "CAGrad's c", "agent.surgery.cagrad.radius"
    "sdmgrad_lmbda", "SDMGrad's λ", "agent.surgery.sdmgrad.pull"
    "sdmgrad_lamda", "SDMGrad's λ", "agent.surgery.sdmgrad.pull"
]

/// The line that serves for a key of a fork, "agent.builder.gamma", with its value.
let ofKey (key: string) value =
    match key with
    | "agent.builder.cagrad_method" ->
        Some
            "is CAGrad's solver; the inner problem is solved to the end here, with the gradients of all tasks: agent.surgery.method=cagrad"
    | "agent.builder.sdmgrad_method" ->
        Some
            "is SDMGrad's form; the one with the gradients of all tasks is here: agent.surgery.method=sdmgrad"
    | "agent.builder.update_weights_every" ->
        Some
            "is Nash-MTL's interval; weights are computed in every update here: agent.surgery.method=nash_mtl"
    | _ ->
        keys
        |> List.tryFind (fun (name, _, _) -> key = $"agent.builder.{name}")
        |> Option.map (fun (_, meaning, here) ->
            let method' = here.Split('.')[2]

            $"is {meaning}; here agent.surgery.method={method'} {here}={ValueText.print value}")

/// Scripts of metaworld-algorithms: how their names begin, and the nearest words for MT10 and MT50, or for ML10.
let private scripts =
    Map [
        let metaWorldPlus row suite = $"preset=metaworld-plus/{row}-{suite}"

        let meta preset suite =
            if suite = "ml10" then
                $"preset={preset}/ml10"
            else
                $"preset={preset}/ml10 env=metaworld-{suite}"

        let ppo suite =
            if suite = "mt10" then
                metaWorldPlus "mtppo" suite
            else
                $"preset=fast/{suite}"

        "mtsac", metaWorldPlus "mt-sac"
        "mtmhsac", metaWorldPlus "multi-head"
        "softmodules", metaWorldPlus "soft-modularization"
        "paco", fun suite -> $"preset=beyond/paco-{suite}"
        "moore", fun suite -> $"preset=beyond/moore-{suite}"
        "ppo", ppo
        "mtppo", ppo
        "rl2", meta "rl2"
        "maml_trpo", meta "maml"
    ]

let private suites = [ "mt10"; "mt50"; "ml10"; "ml45" ]

/// The words nearest to a script of metaworld-algorithms, "examples/multi_task/paco_mt10.py".
let ofScript (file: string) =
    let name = string (Path.GetFileNameWithoutExtension file)

    suites
    |> List.tryPick (fun suite ->
        if file.EndsWith $"_{suite}.py" then
            Map.tryFind (name.Substring(0, name.Length - suite.Length - 1)) scripts
            |> Option.filter (fun _ ->
                suite.StartsWith "ml" = (name.StartsWith "rl2" || name.StartsWith "maml"))
            |> Option.map (fun words -> words suite)
        else
            None)
