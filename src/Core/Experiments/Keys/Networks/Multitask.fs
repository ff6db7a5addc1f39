namespace MtrlFunctional.Experiments

open System
open MtrlFunctional.Networks

/// `agent.multitask.pal_cfg.*`: projected task-specific layers (PTSL).
type Projected = {
    /// Rank p.
    PalDim: int
    SharedProjection: bool
    Residual: Residual
}

/// How task information enters the actor or the critic. Without a task encoder nothing does.
type Conditioning = {
    /// The model itself (soft modularization).
    Model: bool
    /// The encoder.
    Encoder: bool
    /// Concatenated with the encoding.
    Concatenate: bool
    SoftModularizationExperts: int
    /// `moe_cfg.should_use`: soft modularization.
    SoftModularization: bool
}

/// `agent.multitask.adapter`: how one network serves tasks whose observations and actions differ.
[<RequireQualifiedAccess>]
type SpaceAdapter =
    /// Rows of the widest task, of which the others fill a part.
    | Pad
    /// As `Pad`, with input and output layers for each embodiment.
    | PerEmbodiment

/// `agent.multitask.hypernetwork_cfg.*`: the network that makes parameters.
type HypernetworkSizes = { HiddenDim: int; NumLayers: int }

/// An architecture of actor and critics, or of policy and value function: `agent.multitask.model=NAME`. Two are equal where
/// their names are.
[<CustomEquality; NoComparison>]
type TaskModel = {
    /// The word; a program's model has the word "own/NAME".
    Name: string
    /// Whether its parameters differ between tasks; else one-hot task columns follow each observation.
    KnowsTasks: bool
    /// Whether each task has a last layer of its own.
    HasHeads: bool
    /// Whether each task has an agent, and they share nothing.
    IsSeparate: bool
    /// Whether the original's flags choose its layers.
    IsByFlags: bool
    /// Whether the flag of heads is one that it reads.
    TakesHeads: bool
    /// The least number of hidden layers.
    LeastLayers: int
    /// Keys that no other model reads.
    Keys: Field<Multitask> list
    /// The layers with their names in paths of parameters, a pure function. None: the configuration is read without the
    /// program that has the model.
    Layers: (ModelSetting -> (string * Spec) list) option
} with

    /// A model that all tasks share.
    static member internal Of(name, layers) : TaskModel = {
        Name = name
        KnowsTasks = false
        HasHeads = false
        IsSeparate = false
        IsByFlags = false
        TakesHeads = false
        LeastLayers = 0
        Keys = []
        Layers = Some layers
    }

    /// A network that all tasks share.
    static member Shared(name: string, create: Func<NetworkSizes, Spec>) : TaskModel =
        TaskModel.Of(name, fun setting -> [ name, create.Invoke setting.Sizes ])

    /// A network whose layers know the task of a row, as gates or heads for each task do.
    static member OfTasks(name: string, create: Func<NetworkSizes, Spec>) : TaskModel = {
        TaskModel.Shared(name, create) with
            KnowsTasks = true
    }

    override this.Equals other =
        match other with
        | :? TaskModel as other -> this.Name = other.Name
        | _ -> false

    override this.GetHashCode() = hash this.Name

/// What the layers of a model are made for.
and [<NoEquality; NoComparison>] ModelSetting = internal {
    Sizes: NetworkSizes
    Behaviour: Behaviour
    Multitask: Multitask
    /// Makes layers that know tasks by their context alone, where it is inferred, of layers that know them by their index.
    OfTasks: Spec -> Spec
}

/// `agent.multitask.*`.
and Multitask = {
    /// T: temperatures, heads, rows of the embedding.
    NumEnvs: int
    /// One temperature per task.
    DisentangledAlpha: bool
    UseTaskEncoder: bool
    MultiHead: bool
    UseProjected: bool
    /// With `MultiHead`: whole networks per task.
    Disjoint: bool
    Projected: Projected
    Model: TaskModel
    Adapter: SpaceAdapter
    /// K of PaCo.
    ParameterSets: int
    /// Experts of MOORE.
    OrthogonalExperts: int
    Hypernetwork: HypernetworkSizes
    TaskEncoder: TaskEncoder
    Actor: Conditioning
    Critic: Conditioning
}
