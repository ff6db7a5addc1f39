/// The two recording programs of soft actor-critic and its models: names, commands and batches of each.
/// Format: tests/golden/mtrl/README.md and tests/golden/mtrl_pixels/README.md.
module internal MtrlFunctional.Verification.SacWriting

open System.Text.Json
open MtrlFunctional.Storage

/// The rows of an update in the recorded order.
type RecordedRows = {
    Obs: float[]
    Action: float[]
    Reward: float[]
    NextObs: float[]
    NotDone: float[]
    Tasks: int64[]
}

/// Naming scheme of a recording program.
type Writing = {
    /// The recorded command, and numbers of observation and action.
    Command: SafetensorsFile -> string list * int * int
    /// From the name of a parameter, "critic.Q1.model.0.weight".
    Name: string -> string
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
    Rows: SafetensorsFile -> int -> RecordedRows
    /// Uniform numbers of the decoder's target in its update of an update: `count` of them.
    Pixels: SafetensorsFile -> int -> int -> float[]
}

/// JSON text in the metadata.
let metadata (file: SafetensorsFile) key =
    match file.Metadata.TryGetValue key with
    | true, text ->
        try
            JsonDocument.Parse(text).RootElement
        with :? JsonException ->
            raise (SafetensorsException(file.Path, $"metadata '{key}' is not JSON."))
    | _ -> raise (SafetensorsException(file.Path, $"has no metadata '{key}'."))

/// Command-line words of a JSON value below a key: a word for each number, text or list in it.
let rec private words (key: string) (value: JsonElement) : string list =
    match value.ValueKind with
    | JsonValueKind.Object -> [
        for entry in value.EnumerateObject() do
            // Classes of the original; only that of a task encoder is a choice.
            if entry.Name <> "_target_" || key.EndsWith "model_cfg" then
                yield! words $"{key}.{entry.Name}" entry.Value
      ]
    | JsonValueKind.Array ->
        let items = [ for item in value.EnumerateArray() -> string item ]
        let items = String.concat "," items
        [ $"{key}=[{items}]" ]
    | _ -> [ $"{key}={value}" ]

let private wordsOf (file: SafetensorsFile) key = [
    for entry in (metadata file key).EnumerateObject() do
        yield! words entry.Name entry.Value
]

let private product (shape: seq<int64>) = shape |> Seq.fold (*) 1L |> int

let private commands: Writing = {
    Command =
        fun file ->
            let shape = metadata file "obs_shape"
            let sizes = [ for size in shape.EnumerateArray() -> size.GetInt64() ]

            wordsOf file "groups" @ wordsOf file "overrides",
            product sizes,
            (metadata file "action_dim").GetInt32()
    Name = id
    Start = "init/param/"
    Updates = [ 1; 2; 3 ]
    After = fun k -> $"after{k}/param/"
    Gradient = fun optimiser n -> $"u1/grad/{optimiser}#{n}/"
    Log = fun k -> $"u{k}/log/"
    Noise = fun k j -> $"u{k}/noise{j}"
    Rows =
        fun file k ->
            // Files of images have one batch, of which each update has the same rows.
            let k = if file.Contains $"batch{k}/env_obs" then k else 1
            let read name = file.ReadDoubles $"batch{k}/{name}"

            {
                Obs = read "env_obs"
                Action = read "action"
                Reward = read "reward"
                NextObs = read "next_env_obs"
                NotDone = read "not_done"
                Tasks = file.ReadLongs $"batch{k}/task_obs"
            }
    Pixels =
        fun file k _ -> file.ReadDoubles $"u{k}/dequant_noise0" |> Array.map (fun d -> d / 256.0)
}

/// The recorded uniform numbers of the c-th update of a decoder, from 1.
let congruential c count =
    Array.init count (fun i ->
        let x = 1103515245L * int64 (i + 1 + 1000003 * c) + 12345L
        float (x % (1L <<< 31)) / float (1L <<< 31))

let private pictures: Writing = {
    Command =
        fun file ->
            let config = metadata file "cfg"
            let multitask = config.GetProperty "mt"
            let tasks = (multitask.GetProperty "num_envs").GetInt32()
            let variants = [ 0 .. tasks - 1 ] |> List.map string |> String.concat ","
            let encoder = config.GetProperty "enc"
            let actor = config.GetProperty "actor"
            let kind = string (encoder.GetProperty "type")
            let isModel = file.Metadata["agent"] <> "sac"
            let hasTransition = isModel && file.Metadata["agent"] <> "sac_ae"

            let sizes =
                if file.Contains "frames" then
                    Seq.tail (file.Tensor "frames").Shape
                else
                    Seq.tail (file.Tensor "states").Shape

            [
                "setup=hipbmdp"
                "env=dmcontrol-finger-spin-distribution-v0"
                $"""agent={file.Metadata["agent"]}"""
                $"env.train=[{variants}]"
                // Its tasks are the variants, whatever is observed.
                "env.builder.make_kwargs.from_pixels=False"
                "env.eval.interpolation=[]"
                "env.eval.extrapolation=[]"
                $"agent.encoder.type_to_select={kind}"

                for name in [ "hidden_dim"; "num_layers"; "log_std_bounds" ] do
                    yield! words $"agent.actor.{name}" (actor.GetProperty name)

                if kind = "pixel" then
                    yield! words "agent.encoder.pixel" encoder
                elif isModel then
                    "agent.decoder.type=identity"

                for entry in multitask.EnumerateObject() do
                    // Keys of HiP-BMDP; the others are of all agents.
                    if entry.Name <> "contrastive" || file.Metadata["agent"] = "hipbmdp" then
                        yield! words $"agent.multitask.{entry.Name}" entry.Value

                for entry in (config.GetProperty "opt").EnumerateObject() do
                    for rule in entry.Value.EnumerateObject() do
                        let ofModels = entry.Name = "decoder" || entry.Name = "encoder"

                        if rule.Name <> "_target_" && (isModel || not ofModels) then
                            yield! words $"agent.optimizers.{entry.Name}.{rule.Name}" rule.Value

                if hasTransition then
                    yield!
                        words
                            "agent.transition_model.transition_cfg"
                            ((config.GetProperty "trans").GetProperty "transition_cfg")

                for entry in (metadata file "hp").EnumerateObject() do
                    if entry.Name = "discount" then
                        yield! words "agent.builder.discount" entry.Value
                    else
                        yield! words $"agent.builder.{entry.Name}" entry.Value

                match (metadata file "extra").TryGetProperty "lam" with
                | true, lambda -> $"agent.builder.decoder_latent_lambda={lambda}"
                | _ -> ()
            ],
            product sizes,
            int (Seq.last (file.Tensor "action").Shape)
    Name =
        fun name ->
            match name.IndexOf '.' with
            | -1 -> name
            | dot -> $"{name[.. dot - 1]}/{name[dot + 1 ..]}"
    Start = "init/"
    Updates = [ 0; 1; 2 ]
    After = fun k -> $"step{k}/after/"
    Gradient = fun optimiser n -> $"step0/grad/{optimiser}#{n + 1}/"
    Log = fun k -> $"step{k}/log/train/"
    Noise = fun k j -> $"step{k}/noise/{j}"
    Rows =
        fun file k ->
            let indices = file.ReadDoubles "batch_index"
            let count = int (Seq.last (file.Tensor "batch_index").Shape)
            let rows = Array.sub indices (k * count) count |> Array.map int

            let taken name ahead =
                let numbers: float[] = file.ReadDoubles name
                let size = numbers.Length / int (Seq.head (file.Tensor name).Shape)
                rows |> Array.collect (fun row -> Array.sub numbers ((row + ahead) * size) size)

            let observations = if file.Contains "frames" then "frames" else "states"

            {
                Obs = taken observations 0
                Action = taken "action" 0
                Reward = taken "reward" 0
                NextObs = taken observations 1
                NotDone = taken "not_done" 0
                Tasks = taken "task_index" 0 |> Array.map int64
            }
    Pixels = fun _ k count -> congruential (k + 1) count
}

/// The naming scheme of a file.
let ofFile (file: SafetensorsFile) =
    if file.Contains "batch_index" then pictures else commands
