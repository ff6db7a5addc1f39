namespace MtrlFunctional.Tasks.DmControl

open System

/// An axis of the world, or of a frame.
type Axis =
    | X = 0
    | Y = 1
    | Z = 2

/// A number of the model that a task sets at the start of an episode. Units are SI.
[<RequireQualifiedAccess>]
type ModelNumber =
    /// Position of a geom relative to its body.
    | GeomPosition of geom: string * axis: Axis
    /// A size of a geom; 0 is the radius of spheres and capsules.
    | GeomSize of geom: string * index: int
    /// Position of a site relative to its body.
    | SitePosition of site: string * axis: Axis
    /// A size of a site; 0 is the radius of a sphere.
    | SiteSize of site: string * index: int
    /// Opacity of a site: 0 to 1.
    | SiteAlpha of site: string
    /// Damping of a hinge or slide joint.
    | Damping of joint: string

/// A number that a task reads of the simulation after a step.
[<RequireQualifiedAccess>]
type Quantity =
    /// Coordinate of a hinge or slide joint.
    | Position of joint: string
    /// Velocity of a hinge or slide joint.
    | Velocity of joint: string
    /// Control of an actuator as the action set it, not clamped.
    | Control of actuator: string
    /// A number of a sensor. Sensors of the acceleration stage (touch) are one physics step older than the state.
    | Sensor of sensor: string * index: int
    /// World position of the origin of a body.
    | BodyPosition of body: string * axis: Axis
    /// World position of the centre of mass of a body.
    | BodyCentre of body: string * axis: Axis
    /// Entry of the rotation matrix of a body: a world axis of one of its own axes.
    | BodyAxis of body: string * world: Axis * own: Axis
    /// World position of a geom.
    | GeomPosition of geom: string * axis: Axis
    /// World position of a site.
    | SitePosition of site: string * axis: Axis
    /// A number of the model; not the opacity.
    | Model of ModelNumber

/// Where the engine has a number: an array of its model or its data, the element that it is about, and its place among the numbers
/// of that element.
type EnginePlace = { Array: string; Kind: string; Name: string; Index: int }

module EnginePlace =
    let private place array kind name index = {
        Array = array
        Kind = kind
        Name = name
        Index = index
    }

    [<CompiledName("OfModel")>]
    let ofModel number =
        match number with
        | ModelNumber.GeomPosition(geom, axis) -> place "geom_pos" "geom" geom (int axis)
        | ModelNumber.GeomSize(geom, index) -> place "geom_size" "geom" geom index
        | ModelNumber.SitePosition(site, axis) -> place "site_pos" "site" site (int axis)
        | ModelNumber.SiteSize(site, index) -> place "site_size" "site" site index
        | ModelNumber.SiteAlpha site -> place "site_rgba" "site" site 3
        | ModelNumber.Damping joint -> place "dof_damping" "joint" joint 0

    [<CompiledName("OfQuantity")>]
    let ofQuantity quantity =
        match quantity with
        | Quantity.Position joint -> place "qpos" "joint" joint 0
        | Quantity.Velocity joint -> place "qvel" "joint" joint 0
        | Quantity.Control actuator -> place "ctrl" "actuator" actuator 0
        | Quantity.Sensor(sensor, index) -> place "sensordata" "sensor" sensor index
        | Quantity.BodyPosition(body, axis) -> place "xpos" "body" body (int axis)
        | Quantity.BodyCentre(body, axis) -> place "xipos" "body" body (int axis)
        | Quantity.BodyAxis(body, world, own) -> place "xmat" "body" body (3 * int world + int own)
        | Quantity.GeomPosition(geom, axis) -> place "geom_xpos" "geom" geom (int axis)
        | Quantity.SitePosition(site, axis) -> place "site_xpos" "site" site (int axis)
        | Quantity.Model number -> ofModel number

/// A number computed from those that were read.
type FormulaRule = delegate of ReadOnlySpan<float> -> float

/// A function of quantities: `Value` receives them in the order of `Of`.
[<NoEquality; NoComparison>]
type Formula = { Of: Quantity list; Value: FormulaRule }

/// A number of an observation.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type Term =
    | Read of Quantity
    /// With the formula as an expression in the syntax of task pages (docs/tasks/README.md), of the numbers x[0], x[1], …
    | Computed of text: string * formula: Formula

/// Formulas that several tasks use.
module internal Formula =
    /// log(1 + x), which compresses the forces of touch sensors.
    let log1p quantity =
        Term.Computed(
            "log(1 + x[0])",
            { Of = [ quantity ]; Value = FormulaRule(fun x -> log (1.0 + x[0])) }
        )

    /// a − b.
    let difference a b =
        Term.Computed("x[0] - x[1]", { Of = [ a; b ]; Value = FormulaRule(fun x -> x[0] - x[1]) })
