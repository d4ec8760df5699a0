/** What files are read in; bundled beside the function. */
import '../extraction/thread';
