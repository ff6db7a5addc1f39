namespace Mtrl.Experiments

/// Where tensors of the learner live.
[<RequireQualifiedAccess>]
type Device =
    /// The first GPU where there is one, else the CPU.
    | Auto
    | Cpu
    | Cuda of index: int

/// Number format of the update.
[<RequireQualifiedAccess>]
type Precision =
    | Fp32
    /// Products in bfloat16; parameters, moments and losses in fp32.
    | Bf16
    | Fp64

/// Records where a run comes from; kept with the run, used by nothing.
type Provenance = {
    CommitId: string option
    HasUncommittedChanges: bool option
    IssueId: string option
    Date: string option
    SlurmId: string option
}

/// `setup.*`: identity, place and machine of a run.
type Setup = {
    /// First seed. Source: mtrl, 42.
    SeedRef: int
    /// Seeds `SeedRef … SeedRef + NumSeeds − 1`, one run each. Source: PTSL, 10.
    NumSeeds: int
    /// Name of the experiment: a folder under `BasePath`.
    Name: string
    /// `setup.setup`, a label.
    Label: string
    /// Folder of all experiments. Here "runs"; originally the launch directory.
    BasePath: string
    /// Folder of this experiment, one folder `seed-<seed>` a run. Default `<BasePath>/<Name>`.
    SaveDir: string
    Device: Device
    /// Threads of the learner; none: as many as there are cores.
    Threads: int option
    Precision: Precision
    Id: string
    Description: string
    Tags: string list
    Provenance: Provenance
    Debug: bool
}
