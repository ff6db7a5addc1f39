namespace MtrlFunctional.Networks

open System
open MtrlFunctional.Tensors

/// A part of a network in words and numbers, in the order in which features pass it.
type Part = internal {
    /// The beginning of the paths of its parameters.
    Name: string
    /// "100 → 400 → 400 → 8".
    Description: string
    /// Features of its output.
    Width: int
    /// Trained parameters.
    Trained: int64
    /// Parameters that are never trained.
    Fixed: int64
    /// Depends on the task encoding.
    UsesTask: bool
    /// Layers of each task beside the shared layers; their outputs are added.
    Branch: string option
}

/// Whose the parameters of a dense layer are.
[<RequireQualifiedAccess>]
type internal DenseOwner =
    | All
    | Task
    /// With the group of each task, from 0.
    | Group of int list

/// A step of a network that consists of dense layers and of what may follow them.
[<RequireQualifiedAccess>]
type DenseStep =
    internal
    /// y = x W + b.
    | Map of Units: int * DenseOwner
    /// Layer normalisation.
    | Normalise
    | Activate of Activation

/// Stacks as steps.
module internal DenseStep =
    let ofLayers owner (layers: Layers) = [
        for units in layers.Hidden do
            DenseStep.Map(units, owner)
            DenseStep.Activate layers.Activation
        DenseStep.Map(layers.Output, owner)
    ]

/// A layer, or a network of layers: its settings as data, and what they mean as functions of them.
///
/// A spec holds no tensors. Two specs are equal where kinds and settings are, and a spec is printed by these, so the
/// settings are values: records, unions, lists, other specs. The functions follow from them.
///
/// A layer costs a file that makes its record, and a line of `LayerKinds.all`; a program outside this library makes the
/// same record (docs/guides/adding-a-network.md). `Network` asks a spec what it is.
///
/// Reading order: Module (a built network) → Spec → Network → Mlp …
[<CustomEquality; NoComparison; StructuredFormatDisplay("{Text}")>]
type Spec = {
    /// "Mlp".
    Kind: string
    /// What the layer was made from.
    Settings: obj list
    /// The parameters under a path, the width of the output and the function, for inputs of these sizes. The precision:
    /// of the products between hidden layers.
    Build: Precision -> string -> InputSizes -> Module
    /// Why there is no layer for such inputs; none: it can be built.
    Errors: InputSizes -> SpecError list
    /// A few words for the diagram. The text is what has parameters of its own: "of 10 tasks".
    Describe: string -> InputSizes -> string
    /// Whether the output depends on the task encoding, where there is one.
    UsesTask: bool
    /// Layers of each task beside shared layers, in words.
    Branch: InputSizes -> string option
    /// The parts of a network of several, of these owners, at a path; None: it is one part.
    Parts: (string -> string -> InputSizes -> Part list) option
    /// Outputs of all layers for a row, in numbers: for the estimate of memory. True: each row is a task of its own.
    ActivationsPerRow: bool -> InputSizes -> float
    /// The layer at a path on the row of one task, for policies as files; or what has no such form, in words.
    OnRow: RowSource -> string -> Row -> Result<Row, string>
    /// As `OnRow`, with parameters of single tasks that follow from the context z of the row (`FromContext`), the first argument;
    /// None: there is no such form.
    OnRowOfContext: (Row -> RowSource -> string -> Row -> Result<Row, string>) option
    /// The layer once for each task, with nothing shared; None: it must be shared.
    Separate: unit -> Spec option
    /// The layer with a function of each layer within it; None: there is none.
    MapInner: ((Spec -> Spec) -> Spec) option
    /// The layer with another function between plain layers; None: so of each layer within it.
    Activated: (Activation -> Spec) option
    /// The layer with normalisation after each plain layer that another one follows; true: a function of each feature follows
    /// the layer. None: so of each layer within it.
    Normalised: (bool -> Spec) option
    /// The layer as dense layers and what may follow them, if it is nothing else.
    Dense: DenseStep list option
} with

    /// A layer of its settings and of what it builds. It can be built for all sizes, is described by its kind, must be shared,
    /// has as many activations as outputs and no form for files; the fields change that.
    static member Of
        (kind: string, settings: obj list, build: Func<Precision, string, InputSizes, Module>)
        : Spec = {
        Kind = kind
        Settings = settings
        Build = fun precision path sizes -> build.Invoke(precision, path, sizes)
        Errors = fun _ -> []
        Describe = fun _ _ -> kind
        UsesTask = false
        Branch = fun _ -> None
        Parts = None
        ActivationsPerRow = fun _ sizes -> float (build.Invoke(Precision.Full, "", sizes)).Width
        OnRow = fun _ _ _ -> Error $"the layer {kind}"
        OnRowOfContext = None
        Separate = fun () -> None
        MapInner = None
        Activated = None
        Normalised = None
        Dense = None
    }

    /// The settings of a type, if the layer has such.
    member internal spec.TrySettings<'settings>() : 'settings option =
        spec.Settings
        |> List.tryPick (fun settings ->
            match settings with
            | :? 'settings as found -> Some found
            | _ -> None)

    override spec.Equals other =
        match other with
        | :? Spec as other -> spec.Kind = other.Kind && spec.Settings = other.Settings
        | _ -> false

    override spec.GetHashCode() = hash (spec.Kind, spec.Settings)

    override spec.ToString() =
        match spec.Settings with
        | [] -> spec.Kind
        | [ one ] -> $"{spec.Kind} %A{one}"
        | several -> $"{spec.Kind} %A{several}"

    /// As `%A` prints it.
    member internal spec.Text = string spec
