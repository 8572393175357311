#pragma once

#include "ownership/claim.h"
#include "ownership/holders.h"
#include "ownership/patience.h"
#include "status/sight.h"

namespace status {

/// Looks at what `item` names, in a directory that is held. Takes no lease, removes nothing, and makes nothing: to learn
/// whether the lease of a place without a launcher is free, it is locked shared for an instant. Waits for the launcher's
/// answer, two seconds at most and never beyond `end`. What cannot be known is said in the sight. Within our own namespaces `item.path` is ours to
/// see; on the whole host the container's processes are numbered as we see them.
Sight observe(const ownership::Item& item, const ownership::Place& place, ownership::Reach reach, ownership::Deadline end);

/// The same of a path of our own; what cannot be opened is unknown, with the reason.
Sight observe(const ownership::Item& item);

}  // namespace status
