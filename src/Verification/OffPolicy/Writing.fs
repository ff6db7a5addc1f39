namespace MtrlFunctional.Verification

open System.Text.Json
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Storage
open MtrlFunctional.Tasks.MetaWorld

/// Names in the files of a recording program of off-policy updates. There are two: one of recorded commands
/// (tests/golden/mtrl/README.md), one of agents from images and their models (tests/golden/mtrl_pixels/README.md).
type internal Writing = {
    Start: string
    /// Numbers of the updates, which are also their steps.
    Updates: int list
    /// Prefix of the parameters after an update.
    After: int -> string
    /// Prefix of the gradients of the first update: of an optimiser, in its n-th step from 0.
    Gradient: string -> int -> string
    Log: int -> string
    /// The j-th standard normal draw of an update.
    Noise: int -> int -> string
    /// The observations of the transitions that batches are taken from; None: batches are recorded.
    Observations: string option
}

module internal Writing =
    let ofFile (file: Quantities) =
        // Those that are logged, in their order, without a gap.
        let updates first log =
            let logged =
                Seq.initInfinite ((+) first) |> Seq.takeWhile (log >> file.Holds) |> List.ofSeq

            let missing = first + logged.Length

            if [ missing + 1 .. missing + 99 ] |> List.exists (log >> file.Holds) then
                raise (SafetensorsException(file.Path, $"has no log of update {missing}."))

            logged

        if file.Has "batch_index" then
            let log k = $"step{k}/log/train/"

            {
                Start = "init/"
                Updates = updates 0 log
                After = fun k -> $"step{k}/after/"
                Gradient = fun optimiser n -> $"step0/grad/{optimiser}#{n + 1}/"
                Log = log
                Noise = fun k j -> $"step{k}/noise/{j}"
                Observations = Some(if file.Has "frames" then "frames" else "states")
            }
        else
            let log k = $"u{k}/log/"

            {
                Start = "init/param/"
                Updates = updates 1 log
                After = fun k -> $"after{k}/param/"
                Gradient = fun optimiser n -> $"u1/grad/{optimiser}#{n}/"
                Log = log
                Noise = fun k j -> $"u{k}/noise{j}"
                Observations = None
            }

    /// Command-line words of a JSON value below a key: a word for each number, text or list in it.
    let rec words (key: string) (value: JsonElement) : string list =
        match value.ValueKind with
        | JsonValueKind.Object -> [
            for entry in value.EnumerateObject() do
                // Classes of the original; those of a task encoder and of optimisers are choices.
                let isChoice =
                    key.EndsWith "model_cfg"
                    || key.EndsWith "optimizer_cfg"
                    || key.StartsWith "agent.optimizers"

                if entry.Name <> "_target_" || isChoice then
                    yield! words $"{key}.{entry.Name}" entry.Value
          ]
        | JsonValueKind.Array ->
            let items = value.EnumerateArray() |> Seq.map string |> String.concat ","
            [ $"{key}=[{items}]" ]
        | _ -> [ $"{key}={value}" ]

    let private tasksKey = "agent.multitask.num_envs"

    /// The words for the first tasks of a benchmark.
    let private firstOf (tasks: string list) count = [
        let first = tasks |> List.truncate count |> String.concat ","
        $"env.tasks=[{first}]"
        $"{tasksKey}={count}"
    ]

    /// The words of a recorded command, whose parts `read` finds. Agents of fewer tasks than the benchmark has are of its
    /// first ones; Distral has an agent for each task of `env.train`.
    let command (read: string -> JsonElement) = [
        let groups, overrides = read "groups", read "overrides"

        for part in [ groups; overrides ] do
            for entry in part.EnumerateObject() do
                yield! words entry.Name entry.Value

        let tasks =
            match Suites.find (string (groups.GetProperty "env")) with
            | Ok suite -> [ for task in suite.Tasks -> task.Name ]
            | Error _ -> []

        let count =
            match Recorded.property "env.train" overrides with
            | Some train when string (groups.GetProperty "agent") = "distral" ->
                Some(train.GetArrayLength())
            | _ -> Recorded.property tasksKey overrides |> Option.map (string >> int)

        match count with
        | Some count when count <= tasks.Length -> yield! firstOf tasks count
        | _ -> ()
    ]

    /// The words of agents of variants. Their tasks are any: what is observed is recorded.
    let private variants (file: Quantities) = [
        let config, isDistral = file.Json "cfg", (file.Text "golden").Contains "/distral_"
        let agent = if isDistral then "distral" else file.Text "agent"
        let isModel = agent <> "sac" && not isDistral
        let part (name: string) = config.GetProperty name
        let kind = string ((part "enc").GetProperty "type")

        let count =
            if isDistral then
                (file.Json "agent_index_to_task_index").GetArrayLength()
            else
                ((part "mt").GetProperty "num_envs").GetInt32()

        "setup=hipbmdp"
        "env=metaworld-mt50"
        $"agent={agent}"
        $"agent.encoder.type_to_select={kind}"

        /// The entries of a value below a key, but for some that the agent lacks.
        let entries key lacking (value: JsonElement) = [
            for entry in value.EnumerateObject() do
                if not (List.contains entry.Name lacking) then
                    yield! words $"{key}.{entry.Name}" entry.Value
        ]

        let ofNetworks = [ "_target_"; "encoder_cfg"; "multitask_cfg" ]
        yield! entries "agent.actor" ofNetworks (part "actor")

        for critic in Option.toList (Recorded.property "critic" config) do
            yield! entries "agent.critic" ofNetworks critic

        if kind <> "identity" then
            yield! words $"agent.encoder.{kind}" (part "enc")

        if kind <> "pixel" && isModel then
            "agent.decoder.type=identity"

        if isDistral then
            let disentangled = "should_use_disentangled_alpha"
            let recorded = Recorded.property "mt" config

            for value in Option.toList (Option.bind (Recorded.property disentangled) recorded) do
                yield! words $"agent.multitask.{disentangled}" value

            $"""agent.distral_alpha={file.Text "distral_alpha"}"""
        else
            let ofHipBmdp = if agent = "hipbmdp" then [] else [ "contrastive" ]
            let ofModels = if isModel then [] else [ "decoder"; "encoder" ]
            yield! entries "agent.multitask" ofHipBmdp (part "mt")
            yield! entries "agent.optimizers" ofModels (part "opt")
            yield! words "agent.builder" (file.Json "hp")

            for lambda in Option.toList (Recorded.property "lam" (file.Json "extra")) do
                $"agent.builder.decoder_latent_lambda={lambda}"

        if isModel && agent <> "sac_ae" then
            let transition = (part "trans").GetProperty "transition_cfg"
            yield! words "agent.transition_model.transition_cfg" transition

        yield! firstOf TaskNames.mt50 count
    ]

    /// Sizes of observations and actions.
    let sizes (writing: Writing) (file: Quantities) =
        match writing.Observations with
        | Some name -> Seq.fold (*) 1 (Seq.tail (file.Shape name)), Array.last (file.Shape "action")
        | None ->
            Array.fold (*) 1 (Recorded.sizes (file.Json "obs_shape")),
            (file.Json "action_dim").GetInt32()

    /// The recorded experiment with the original behaviour, so that any seed, size and network can be replayed.
    let experiment (writing: Writing) (file: Quantities) =
        let observations, actions = sizes writing file

        let environment = {
            Observation = EnvironmentSpec.vector observations
            Action = ActionSpace.Box actions
            Horizon = 1
            Terminates = false
        }

        let words =
            if writing.Observations.IsSome then
                variants file
            else
                command file.Json

        match Experiment.readObserving environment ("fidelity=original" :: words) with
        | Ok(experiment, _) -> experiment
        | Error mistakes ->
            let mistakes = mistakes |> List.map string |> String.concat " "
            raise (SafetensorsException(file.Path, $"its command is not understood: {mistakes}"))

    /// Rows of one of the recorded transitions' tensors, some steps ahead.
    let taken (file: Quantities) name (rows: int[]) ahead =
        let numbers = file.Numbers name
        let size = numbers.Length / (file.Shape name)[0]
        rows |> Array.collect (fun row -> Array.sub numbers ((row + ahead) * size) size)

    /// A column of a batch of update k, by its name in files that record batches; in others, of the n-th choice of rows
    /// of the transitions; choices begin anew after the last.
    let column (writing: Writing) (file: Quantities) k n name =
        match writing.Observations with
        | None ->
            // Files of images have one batch, of which each update has the same rows.
            let k = if file.Has $"batch{k}/env_obs" then k else 1
            file.Numbers $"batch{k}/{name}"
        | Some observations ->
            let choices = file.Rows "batch_index"
            let rows = choices[n % choices.Length] |> Array.map int

            match name with
            | "env_obs" -> taken file observations rows 0
            | "next_env_obs" -> taken file observations rows 1
            | "task_obs" -> taken file "task_index" rows 0
            | name -> taken file name rows 0

    /// The uniform numbers of the c-th update of a decoder, from 1.
    let congruential c count =
        Array.init count (fun i ->
            let x = 1103515245L * int64 (i + 1 + 1000003 * c) + 12345L
            float (x % (1L <<< 31)) / float (1L <<< 31))
