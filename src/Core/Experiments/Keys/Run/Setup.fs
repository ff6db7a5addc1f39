namespace MtrlFunctional.Experiments

/// Where tensors of the learner live.
[<RequireQualifiedAccess>]
type Device =
    /// The first GPU where there is one, else the CPU.
    | Auto
    | Cpu
    | Cuda of index: int

/// Number format of the update.
[<RequireQualifiedAccess>]
type ArithmeticPrecision =
    | Fp32
    /// Products in bfloat16; parameters, moments and losses in fp32.
    | Bf16
    | Fp64

/// `setup.*`: identity, place and machine of a run.
type Setup = {
    /// First seed. Source: mtrl, 42.
    SeedRef: int64
    /// Seeds `SeedRef … SeedRef + NumSeeds − 1`, one run each. Here 1; PTSL: 10.
    NumSeeds: int
    /// Name of the experiment: a folder under `BasePath`.
    Name: string
    /// Folder of all experiments. Here "runs"; originally the launch directory.
    BasePath: string
    /// Folder of this experiment, one folder `seed-<seed>` a run.
    SaveDir: string
    Device: Device
    /// Threads of the learner; none: as many as there are cores.
    Threads: int option
    /// Pieces of a minibatch of an on-policy update that threads share.
    Parts: int
    Precision: ArithmeticPrecision
} with

    /// The key that decides the folder: `setup.name`, or `setup.save_dir` where that lies elsewhere.
    member setup.FolderKey =
        if $"{setup.SaveDir}/".StartsWith $"{setup.BasePath}/{setup.Name}/" then
            "setup.name"
        else
            "setup.save_dir"

module internal Setup =
    open Schema

    let private key name = key $"setup.{name}"
    let private ignored why name = ignored why $"setup.{name}"

    let private device = {
        Allowed = "auto, cpu, cuda (or gpu) or cuda:<index from 0 to 63>"
        Names = [ "auto"; "cpu"; "cuda"; "cuda:0" ]
        Read =
            function
            | Value.Text "auto" -> Some Device.Auto
            | Value.Text "cpu" -> Some Device.Cpu
            | Value.Text("cuda" | "gpu") -> Some(Device.Cuda 0)
            | Value.Text text when text.StartsWith "cuda:" ->
                match ValueText.whole (Scalar.parse (text.Substring 5)) with
                | Some index when 0L <= index && index < 64L -> Some(Device.Cuda(int index))
                | _ -> None
            | _ -> None
        Write =
            function
            | Device.Auto -> Value.Text "auto"
            | Device.Cpu -> Value.Text "cpu"
            | Device.Cuda index -> Value.Text $"cuda:{index}"
    }

    let private threads =
        let count = Codec.int 1 1024

        {
            Allowed = $"auto or {count.Allowed}"
            Names = [ "auto" ]
            Read =
                function
                | Value.Text "auto" -> Some None
                | value -> count.Read value |> Option.map Some
            Write = Option.map count.Write >> Option.defaultValue (Value.Text "auto")
        }

    let private parts =
        Codec.int 1 64 |> Codec.only "a power of two from 1 to 64" System.Int32.IsPow2

    let private precision =
        Codec.oneOf [
            "fp32", ArithmeticPrecision.Fp32
            "bf16", ArithmeticPrecision.Bf16
            "fp64", ArithmeticPrecision.Fp64
        ]

    let private label = "a label; it only stays in config.yaml"
    let private filled = "the run writes down its own"

    let schema =
        record [
            key "seed_ref" Codec.seed (is 42L) _.SeedRef
            <| "first seed; `setup.seed=n` is short for `setup.seed_ref=n setup.num_seeds=1`"

            key "num_seeds" (Codec.int 1 1000) (is 1) _.NumSeeds
            <| "how many seeds run one after the other, from seed_ref on (originally: 10)"

            key "name" Codec.folder (is "run_name") _.Name
            <| "name of the experiment, a folder under base_path"

            ignored label "setup" Codec.text (is "metaworld") <| "label"

            key "base_path" Codec.path (is "runs") _.BasePath
            <| "folder of all experiments (originally: null, the launch directory)"

            key
                "save_dir"
                Codec.path
                (Default.Value(Value.Text "${setup.base_path}/${setup.name}"))
                _.SaveDir
            <| "folder of this experiment; each run writes into its folder seed-<seed>"

            key "device" device (is Device.Auto) _.Device
            <| "where the learner computes; auto: the first GPU, else the CPU (originally: cuda:0)"

            key "threads" threads (is None) _.Threads
            <| "threads of the learner; a run is reproducible for a fixed number. Ours"

            key "parts" parts (is 1) _.Parts
            <| "parts of a batch, whose gradients threads and processes compute; 1: off-policy as many as threads, on-policy none, with policy and value function side by side. Results depend on it. Ours"

            key "precision" precision (is ArithmeticPrecision.Fp32) _.Precision
            <| "number format of the update; bf16 keeps parameters in fp32. Ours"

            ignored label "id" Codec.text (is "sample") <| "label"

            ignored label "description" Codec.text (is "Sample Task")
            <| "label, part of the original's run id"

            ignored label "tags" (Codec.list Codec.text) (is []) <| "labels"

            ignored filled "git.commit_id" (Codec.optional Codec.text) (is None)
            <| "commit of the program"

            ignored filled "git.has_uncommitted_changes" (Codec.optional Codec.flag) (is None)
            <| "state of the program's folder"

            ignored label "git.issue_id" (Codec.optional Codec.text) (is None)
            <| "label, part of the original's run id"

            ignored filled "date" (Codec.optional Codec.text) (is None)
            <| "start of the run"

            ignored filled "slurm_id" (Codec.optional Codec.text) (is None)
            <| "job of the run"

            ignored "setup.id is always kept" "debug.should_enable" Codec.flag (is false)
            <| "keep setup.id as given"
        ]
